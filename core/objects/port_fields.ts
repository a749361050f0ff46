/** Checks `targetPort` and `returnPort`, wherever in a TrafficControl they stand. @module */
import { interfaceType } from "../contracts/interface_types.ts";
import type { Action, PortSpec, Problem, Target } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { escapePointer, type Fields, fieldsOf, oneOf, targetProblems } from "./validate.ts";

/** The fields that name a port. */
export const PORT_FIELDS = ["targetPort", "returnPort"] as const;
export type PortField = typeof PORT_FIELDS[number];

export interface PortContext {
  /** Nothing if the object names an unknown action: that is reported elsewhere. */
  readonly action: Action | undefined;
  readonly registries: Pick<Registries, "targets">;
}

/** One port as the user wrote it. */
export interface GivenPort {
  readonly field: PortField;
  /** JSON pointer of the field, from the object's root. */
  readonly path: string;
  /** The value of the field, which is an object; nothing if it is absent. */
  readonly union: Fields | undefined;
}

/** What is wrong with a port, also if it is absent. @returns Problems with JSON pointers from the object's root. */
export function portProblems({ field, path, union }: GivenPort, context: PortContext): Problem[] {
  const { action } = context;
  if (!union) {
    if (action?.[field] !== "required") return [];
    return [{ path, message: `is required by action ${action.name}` }];
  }
  if (action?.[field] === "forbidden") {
    return [{ path, message: `must be absent for action ${action.name}` }];
  }
  const kinds = Object.keys(union);
  if (kinds.length === 1) return checkTarget(path, union, context);
  const has = kinds.length === 0 ? "none" : kinds.join(", ");
  return [{ path, message: `must have exactly one kind of target: has ${has}` }];
}

function checkTarget(path: string, union: Fields, { action, registries }: PortContext): Problem[] {
  const [kind = "", spec] = Object.entries(union)[0] ?? [];
  const at = `${path}/${escapePointer(kind)}`;
  const target = registries.targets.get(kind);
  if (!target) return oneOf(at, kind, [...registries.targets.keys()]);
  const refusal = action && { path: at, message: `cannot be used by action ${action.name}` };
  if (refusal && refusesTarget(action, target)) return [refusal];
  const problems = targetProblems(target, spec);
  if (problems.length > 0 || !refusal) {
    return problems.map(({ path, message }) => ({ path: `${at}${path}`, message }));
  }
  if (refusesPort(action, target.port(fieldsOf(spec)))) return [refusal];
  if (needsWayBack(action) && target.ingressPort?.(fieldsOf(spec))) {
    const message = `must name one port for both directions for action ${action.name}`;
    return [{ path: at, message }];
  }
  return [];
}

/** Whether an action can use no port of this target, whatever the target's spec is. */
export function refusesTarget(action: Action, { kind, oneWay }: Target): boolean {
  return action.refuses?.includes(kind) === true || (oneWay === true && needsWayBack(action));
}

/** Whether an action cannot use this port, although its target does not declare that it is one-way. */
function refusesPort(action: Action, { type }: PortSpec): boolean {
  return needsWayBack(action) && interfaceType(type).isOneWay === true;
}

/**
 * Whether packets must come back in through both ports of the action: a pair has an action that requires `returnPort`.
 */
const needsWayBack = (action: Action) => action.returnPort === "required";

/** The OVS port that a field names, and the path of its target; nothing if the field is absent or wrong. */
export function namedPort(
  { path, union = {} }: GivenPort,
  { targets }: Pick<Registries, "targets">,
): { readonly path: string; readonly name: string } | undefined {
  const [[kind, spec] = [""], ...others] = Object.entries(union);
  const target = targets.get(kind);
  if (!target || others.length > 0 || targetProblems(target, spec).length > 0) return undefined;
  return { path: `${path}/${escapePointer(kind)}`, name: target.port(fieldsOf(spec)).name };
}
