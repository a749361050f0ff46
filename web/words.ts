/** States, counters and treatments in words, as `sluice status` has them. Pure. @module */
import type { Condition } from "../core/contracts/condition.ts";
import type { ControlState, Port } from "./types.ts";
import type { TreatmentState } from "../core/report/state.ts";
import type { Values } from "./rates.ts";

/** How bad something is, the worst first. */
export const LEVELS = ["problem", "warning", "planned", "ok", "idle"] as const;
export type Level = typeof LEVELS[number];

/** Reasons that say that an object is as it should be: not yet, or not any more. */
const PLANNED: readonly string[] = ["Pending", "Expired"];

/** A condition. An agent of another version may have other reasons. */
export type Told = Pick<Condition, "message" | "cure" | "warning"> & { readonly reason: string };

export function levelOf({ reason, warning }: Pick<Told, "reason" | "warning">): Level {
  if (warning) return "warning";
  return PLANNED.includes(reason) ? "planned" : "problem";
}

const worst = (levels: readonly Level[]): Level =>
  LEVELS.find((level) => levels.includes(level)) ?? "ok";

/** How a TrafficControl is, and the same in one word. */
export function stateOf(
  { realized, pods, conditions }: ControlState,
): { readonly level: Level; readonly word: string } {
  const level = worst(conditions.map(levelOf));
  if (!realized) {
    return { level: level === "ok" ? "problem" : level, word: conditions[0]?.reason ?? "no" };
  }
  if (pods.length === 0) return { level: level === "ok" ? "idle" : level, word: "NoPods" };
  return { level, word: level === "ok" ? "yes" : conditions[0]!.reason };
}

const NUMBER = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const SMALL = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const SMALLEST_WHOLE = 10;

export const count = (value: number) => NUMBER.format(value);
export const rate = (value: number) => (value < SMALLEST_WHOLE ? SMALL : NUMBER).format(value);

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const THOUSAND = 1000;

export function bytes(value: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${SMALL.format(value / THOUSAND ** step)} ${UNITS[step]}`;
}

type Counted = Pick<ControlState, "copied" | "redirected" | "dropped">;

/** Packets of both directions. */
export function packets({ copied, redirected, dropped = 0 }: Counted): Values {
  const sum = (both: ControlState["copied"]) =>
    (both?.egress?.packets ?? 0) + (both?.ingress?.packets ?? 0);
  return { copied: sum(copied), redirected: sum(redirected), dropped };
}

/** What happens to the packets of one direction. */
export function treatment(treatment: TreatmentState | undefined): string {
  if (!treatment) return "–";
  const { mirrors, redirect, otherSensors = [], chain = [], drop } = treatment;
  const pairs = [...(redirect ? [redirect] : []), ...otherSensors];
  return [
    ...mirrors.map((port) => `mirror ${port}`),
    ...pairs.map((pair) => `redirect ${pair.target} > ${pair.return}`),
    ...chain.map((pair) => `then ${pair.target} > ${pair.return}`),
    ...(drop ? ["drop"] : []),
  ].join(", ");
}

type PortsOf = Pick<ControlState, "target" | "return" | "additionalPorts" | "bridges">;

/** The target ports of a TrafficControl, or its return ports, on each of its bridges. */
export function portsOf({ bridges = [], ...control }: PortsOf, role: "target" | "return"): string {
  const all = [control, ...bridges].flatMap((each) => [each, ...each.additionalPorts ?? []]);
  const names = all.map((pair) => pair[role]).filter((port) => port !== undefined);
  return [...new Set(names)].join(", ");
}

export const portNumber = ({ ofport }: Pick<Port, "ofport">) => String(ofport ?? "–");
