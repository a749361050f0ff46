/** What is in the way of a port's far end, and whether it must be changed: pure judgement. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import type { FarEnd, PortSpec } from "../../contracts/mod.ts";

/** What of the surroundings matters here. */
export interface FarSurroundings {
  /** The bridge that we work on. */
  readonly bridge: string;
  /** Of our port of that name. */
  farEnd(name: string): FarEndRow | undefined;
  isBridge(name: string): boolean;
  /** The bridge that has a port of that name. */
  bridgeOf(name: string): string | undefined;
}

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

/** A far end as OVSDB has it. */
export interface FarEndRow extends FarEnd {
  readonly interfaceUUID: string;
  readonly portUUID: string;
}

export function hasOptions(has: FarEndRow, { options }: FarEnd): boolean {
  return Object.entries(options).every(([key, value]) => has.options[key] === value);
}

/** Whether the far end is as the spec says. */
export function isRightFarEnd(has: FarEndRow | undefined, wanted: FarEnd): boolean {
  return has !== undefined && has.name === wanted.name && has.type === wanted.type &&
    has.bridge === wanted.bridge && hasOptions(has, wanted);
}
