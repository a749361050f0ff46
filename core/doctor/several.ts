/** Puts the findings of several bridges together. Pure. @module */
import { canonical } from "../base/canonical.ts";
import type { Finding } from "./check.ts";

export interface Found {
  readonly bridge: string;
  readonly findings: readonly Finding[];
}

/**
 * The findings of all bridges, those of one check beside each other. What is found on every bridge is found once; all else
 * names its bridge.
 */
export function joinedFindings(all: readonly Found[]): readonly Finding[] {
  if (all.length === 1) return all[0]!.findings;
  const found = all.map(({ findings }) => new Set(findings.map(canonical)));
  const isCommon = (each: Finding) => found.every((set) => set.has(canonical(each)));
  const named = all.flatMap(({ bridge, findings }) =>
    findings.map((each) => isCommon(each) ? each : namingBridge(each, bridge))
  );
  const byCheck = Map.groupBy(named, ({ check }) => check);
  const distinct = new Map([...byCheck.values()].flat().map((each) => [canonical(each), each]));
  return [...distinct.values()];
}

function namingBridge(finding: Finding, bridge: string): Finding {
  if (finding.message.includes(`"${bridge}"`)) return finding;
  return { ...finding, message: `Bridge "${bridge}": ${finding.message}` };
}
