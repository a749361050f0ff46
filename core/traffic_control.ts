/** What is wrong with a TrafficControl: everything at once, by path. @module */
import Type from "typebox";
import type { Action, Need, Problem } from "./api.ts";
import type { Registries } from "./control.ts";
import { problems as targetProblems, schemaProblems } from "./validate.ts";

const DIRECTIONS = ["Ingress", "Egress", "Both"];
const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Kubernetes' syntax of label keys and values: "Labels and Selectors", "Syntax and character set". */
const LABEL_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]";
const LABEL_KEY = new RegExp(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${LABEL_NAME}$`);
const LABEL_VALUE = new RegExp(`^(${LABEL_NAME})?$`);

const closed = { additionalProperties: false } as const;
const SELECTOR = Type.Object({
  matchLabels: Type.Optional(Type.Record(Type.String(), Type.String())),
  matchExpressions: Type.Optional(Type.Array(Type.Object({
    key: Type.String(),
    operator: Type.String(),
    values: Type.Optional(Type.Array(Type.String())),
  }, closed))),
}, closed);
const SPEC = Type.Object({
  appliedTo: Type.Object({
    podSelector: Type.Optional(SELECTOR),
    namespaceSelector: Type.Optional(SELECTOR),
  }, closed),
  direction: Type.String(),
  action: Type.String(),
  targetPort: Type.Optional(Type.Object({})),
  returnPort: Type.Optional(Type.Object({})),
}, closed);
const ROOT = Type.Object({
  apiVersion: Type.Optional(Type.String()),
  kind: Type.Optional(Type.String()),
  metadata: Type.Optional(Type.Object({})),
  spec: SPEC,
  status: Type.Optional(Type.Object({})),
}, closed);

type Fields = Readonly<Record<string, unknown>>;
const PORTS = ["targetPort", "returnPort"] as const;

export function checkTrafficControl(object: Fields, registries: Registries): Problem[] {
  const shape = schemaProblems(ROOT, object);
  if (shape.length > 0) return [...shape];
  const spec = object.spec as Fields;
  const action = registries.actions.get(String(spec.action));
  return [
    ...oneOf("/spec/direction", spec.direction, DIRECTIONS),
    ...oneOf("/spec/action", spec.action, [...registries.actions.keys()]),
    ...["podSelector", "namespaceSelector"].flatMap((name) =>
      checkSelector(`/spec/appliedTo/${name}`, (spec.appliedTo as Fields)[name] as Selector)
    ),
    ...PORTS.flatMap((port) =>
      checkPort(port, spec[port] as Fields | undefined, { action, registries })
    ),
  ];
}

function oneOf(path: string, value: unknown, allowed: readonly string[]): Problem[] {
  if (allowed.includes(String(value))) return [];
  return [{ path, message: `must be one of ${allowed.join(", ")}` }];
}

type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
} | undefined;

function checkSelector(path: string, selector: Selector): Problem[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).flatMap(([key, value]) => [
    ...checkKey(`${path}/matchLabels`, key),
    ...checkValue(`${path}/matchLabels`, value),
  ]);
  const expressions = (selector?.matchExpressions ?? []).flatMap((expression, index) =>
    checkExpression(`${path}/matchExpressions/${index}`, expression)
  );
  return [...labels, ...expressions];
}

function checkExpression(
  path: string,
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
): Problem[] {
  const needsValues = operator === "In" || operator === "NotIn";
  const wrong = needsValues ? values.length === 0 : values.length > 0;
  return [
    ...checkKey(`${path}/key`, key),
    ...oneOf(`${path}/operator`, operator, OPERATORS),
    ...(wrong && OPERATORS.includes(operator)
      ? [{
        path: `${path}/values`,
        message: needsValues ? `${operator} needs values` : `${operator} takes no values`,
      }]
      : []),
    ...values.flatMap((value, index) => checkValue(`${path}/values/${index}`, value)),
  ];
}

function checkKey(path: string, key: string): Problem[] {
  return LABEL_KEY.test(key) ? [] : [{ path, message: `"${key}" is no label key` }];
}
function checkValue(path: string, value: string): Problem[] {
  return LABEL_VALUE.test(value) ? [] : [{ path, message: `"${value}" is no label value` }];
}

interface PortContext {
  readonly action: Action | undefined;
  readonly registries: Registries;
}

function checkPort(
  port: typeof PORTS[number],
  union: Fields | undefined,
  context: PortContext,
): Problem[] {
  const path = `/spec/${port}`;
  const need: Need | undefined = context.action?.[port];
  if (!union) {
    return need === "required"
      ? [{ path, message: `is required by action ${context.action!.name}` }]
      : [];
  }
  if (need === "forbidden") return [{ path, message: `is not for action ${context.action!.name}` }];
  const kinds = Object.keys(union);
  if (kinds.length !== 1) {
    return [{ path, message: `must have exactly one target, has ${kinds.length}` }];
  }
  return checkTarget(path, union, context);
}

function checkTarget(path: string, union: Fields, { action, registries }: PortContext): Problem[] {
  const [kind, spec] = Object.entries(union)[0]!;
  const target = registries.targets.get(kind);
  if (!target) return oneOf(`${path}/${kind}`, kind, [...registries.targets.keys()]);
  if (action?.refuses?.includes(kind)) {
    return [{ path: `${path}/${kind}`, message: `cannot be used by action ${action.name}` }];
  }
  return targetProblems(target, spec).map((problem) => ({
    path: `${path}/${kind}${problem.path}`,
    message: problem.message,
  }));
}
