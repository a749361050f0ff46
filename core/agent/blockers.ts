/** Collects the reasons for which Sluice must not write to a bridge now. Pure. @module */
import { harmless } from "../base/foreign_text.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import type { Source } from "../contracts/mod.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import { anotherAgent } from "../observe/holder.ts";
import type { SwitchConnection } from "../observe/switch_connection.ts";
import type { SwitchObserver } from "../observe/switch_observer.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";

export interface BlockerInputs {
  readonly bridge: string;
  readonly ovsdb: Pick<OvsdbSession, "connected" | "cache" | "lock">;
  /** What the bridge's row says of this agent, if it has the lock of the bridge. */
  readonly holder: string | undefined;
  /** Address of OVSDB, for the message. */
  readonly ovsdbAddress: string;
  readonly connection: Pick<SwitchConnection, "condition">;
  readonly observer: Pick<SwitchObserver, "unusable">;
}

/**
 * The blockers of the bridge; none if Sluice may write. Only the first cause is reported: without OVSDB nothing else is
 * known, and a bridge that OVSDB forbids is not judged by its flows.
 */
export function blockersOf(inputs: BlockerInputs): Condition[] {
  const { bridge, ovsdb, ovsdbAddress, holder, connection, observer } = inputs;
  if (!ovsdb.connected) {
    return [condition("Disconnected", `OVSDB at "${ovsdbAddress}" does not answer`)];
  }
  const conditions = bridgeConditions(ovsdb.cache, bridge);
  if (conditions.length > 0) return conditions;
  if (ovsdb.lock === "waiting") return [anotherAgent(ovsdb.cache, bridge, holder)];
  return [connection.condition, observer.unusable].filter((found) => found !== undefined);
}

/** Of each source that has not given everything yet, with what it cannot read. Until it has, nothing is written. */
export function sourceConditions(
  sources: readonly Pick<Source, "name" | "issues">[],
  incomplete: readonly string[],
): Condition[] {
  return sources.filter(({ name }) => incomplete.includes(name)).map((source) => {
    const [issue] = source.issues?.() ?? [];
    const why = issue ? `: ${harmless(`${issue.file} ${issue.message}`)}` : "";
    return condition(
      "SourceIncomplete",
      `Source "${source.name}" has not given everything yet${why}`,
    );
  });
}
