/** Whether the far end of a port can be made, and whether it must be changed. Pure judgement. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import type { FarEnd, PortSpec } from "../../contracts/mod.ts";

/** The part of a port's surroundings that matters for its far end. */
export interface FarSurroundings {
  /** The bridge that Sluice works on. */
  readonly bridge: string;
  /** The far end that Sluice has made for its port of that name. */
  farEnd(name: string): FarEndRow | undefined;
  isBridge(name: string): boolean;
  /** The bridge that has a port of that name. */
  bridgeOf(name: string): string | undefined;
}

/** `right`: nothing is to be done. `change`: it is to be made, changed or removed. A condition: it cannot be made. */
export type FarEndVerdict = "right" | "change" | Condition;

export function judgeFarEnd({ name, farEnd }: PortSpec, around: FarSurroundings): FarEndVerdict {
  const has = around.farEnd(name);
  if (!farEnd) return has ? "change" : "right";
  const problem = problemOf(farEnd, has, around);
  if (problem === undefined) return isRightFarEnd(has, farEnd) ? "right" : "change";
  return condition(
    "FarEndFailed",
    `Port "${name}" has no far end: ${problem.message}`,
    problem.cure,
  );
}

function problemOf(
  { bridge, name }: FarEnd,
  has: FarEndRow | undefined,
  around: FarSurroundings,
): { readonly message: string; readonly cure: string } | undefined {
  if (bridge === around.bridge) {
    return { message: `"${bridge}" is the bridge itself`, cure: "name another bridge" };
  }
  if (!around.isBridge(bridge)) {
    return { message: `bridge "${bridge}" does not exist`, cure: "create it" };
  }
  if (has?.name === name) return undefined;
  const taken = around.bridgeOf(name);
  if (taken === undefined) return undefined;
  return { message: `"${name}" is a port of bridge "${taken}" already`, cure: "name another" };
}

/** A far end as OVSDB shows it. */
export interface FarEndRow extends FarEnd {
  /** The other bridge's spanning tree does not block it. */
  readonly outOfSpanningTree: boolean;
  readonly interfaceUUID: string;
  readonly portUUID: string;
}

/** Whether the row has every option that the spec has. It may have more: they stay. */
export function hasOptions(has: FarEndRow, { options }: FarEnd): boolean {
  return Object.entries(options).every(([key, value]) => has.options[key] === value);
}

/** Whether the far end is as the spec says. */
export function isRightFarEnd(has: FarEndRow | undefined, wanted: FarEnd): boolean {
  return has !== undefined && has.name === wanted.name && has.type === wanted.type &&
    has.bridge === wanted.bridge && hasOptions(has, wanted) && has.outOfSpanningTree;
}

/** Whether the port has a far end that is not on the bridge where the spec wants it. */
export function hasFarEndElsewhere({ name, farEnd }: PortSpec, around: FarSurroundings): boolean {
  const has = around.farEnd(name);
  return has !== undefined && has.bridge !== farEnd?.bridge;
}
