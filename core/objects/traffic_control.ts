/** Checks a TrafficControl. It reports all problems at once, each with its path. @module */
import Type, { type Static } from "typebox";
import { interfaceType } from "../contracts/interface_types.ts";
import type { Action, PortSpec, Problem, Target } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { SELECTOR_SCHEMA, selectorProblems } from "./label_selector.ts";
import { optionsOf } from "./options.ts";
import {
  escapePointer,
  type Fields,
  fieldsOf,
  isFields,
  oneOf,
  schemaProblems,
  targetProblems,
  UNKNOWN,
} from "./validate.ts";

/** Values of `spec.direction`, seen from the Pod. */
export const DIRECTIONS = ["Ingress", "Egress", "Both"] as const;

const closed = { additionalProperties: false } as const;
const SPEC = Type.Object({
  appliedTo: Type.Object({
    podSelector: Type.Optional(SELECTOR_SCHEMA),
    namespaceSelector: Type.Optional(SELECTOR_SCHEMA),
  }, closed),
  direction: Type.String(),
  action: Type.String(),
  targetPort: Type.Optional(Type.Object({})),
  returnPort: Type.Optional(Type.Object({})),
}, closed);
const ROOT = Type.Object({
  apiVersion: Type.Optional(Type.Unknown()),
  kind: Type.Optional(Type.Unknown()),
  metadata: Type.Optional(Type.Unknown()),
  spec: SPEC,
  status: Type.Optional(Type.Unknown()),
}, closed);

/** Fields of `spec` that are not options: they do not depend on plugins. */
export const SPEC_FIELDS: readonly string[] = Object.keys(SPEC.properties);

type Spec = Static<typeof SPEC>;
const SELECTORS = ["podSelector", "namespaceSelector"] as const;
const PORTS = ["targetPort", "returnPort"] as const;
type PortField = typeof PORTS[number];

/**
 * What is wrong with a TrafficControl, apart from `apiVersion`, `kind` and `metadata`.
 *
 * @returns Problems with JSON pointers from the object's root.
 */
export function checkTrafficControl(object: Fields, registries: Registries): Problem[] {
  const given = withoutOptions(object, registries);
  const shape = schemaProblems(ROOT, given);
  const wrong = shape.filter(({ message }) => message !== UNKNOWN).map(({ path }) => path);
  const check = (path: string, problems: () => Problem[]) =>
    wrong.some((other) => isWithin(other, path) || isWithin(path, other)) ? [] : problems();
  const spec = fieldsOf(object.spec) as Spec;
  const action = registries.actions.get(spec.action);
  return [
    ...shape,
    ...check("/spec/direction", () => oneOf("/spec/direction", spec.direction, DIRECTIONS)),
    ...check(
      "/spec/action",
      () => oneOf("/spec/action", spec.action, [...registries.actions.keys()]),
    ),
    ...SELECTORS.flatMap((name) => {
      const path = `/spec/appliedTo/${name}`;
      return check(path, () => selectorProblems(path, spec.appliedTo[name] as never ?? {}));
    }),
    ...PORTS.flatMap((port) =>
      check(
        `/spec/${port}`,
        () => checkPort(port, spec[port] as Fields | undefined, { action, registries }),
      )
    ),
    ...optionsOf(object, registries).problems,
  ];
}

/** The object without the fields of its `spec` that are options. */
function withoutOptions(object: Fields, { options }: Registries): Fields {
  const { spec } = object;
  if (!isFields(spec) || !Object.keys(spec).some((field) => options.has(field))) return object;
  const fields = Object.entries(spec).filter(([field]) => !options.has(field));
  return { ...object, spec: Object.fromEntries(fields) };
}

/** Whether `path` is equal to `other`, or leads into what `other` names. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

interface PortContext {
  /** Nothing if the object names an unknown action: that is reported elsewhere. */
  readonly action: Action | undefined;
  readonly registries: Registries;
}

function checkPort(port: PortField, union: Fields | undefined, context: PortContext): Problem[] {
  const path = `/spec/${port}`;
  const { action } = context;
  if (!union) {
    if (action?.[port] !== "required") return [];
    return [{ path, message: `is required by action ${action.name}` }];
  }
  if (action?.[port] === "forbidden") {
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
  if (refusal && problems.length === 0 && refusesPort(action, target.port(fieldsOf(spec)))) {
    return [refusal];
  }
  return problems.map(({ path, message }) => ({ path: `${at}${path}`, message }));
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
