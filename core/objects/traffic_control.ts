/** Checks a TrafficControl. It reports all problems at once, each with its path. @module */
import Type, { type Static } from "typebox";
import type { Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { additionalPortsOf } from "./additional_ports.ts";
import { ADDITIONAL_PORTS } from "./forms.ts";
import { SELECTOR_SCHEMA, selectorProblems } from "./label_selector.ts";
import { optionsOf } from "./options.ts";
import { PORT_FIELDS, portProblems } from "./port_fields.ts";
import {
  type Fields,
  fieldsOf,
  isFields,
  isUnknown,
  oneOf,
  schemaProblems,
  unescapePointer,
  unknownField,
  unlessWrong,
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
  // It is judged on its own, as it may be an annotation
  [ADDITIONAL_PORTS]: Type.Optional(Type.Unknown()),
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

/**
 * What is wrong with a TrafficControl, apart from `apiVersion`, `kind` and `metadata`.
 *
 * @returns Problems with JSON pointers from the object's root.
 */
export function checkTrafficControl(object: Fields, registries: Registries): Problem[] {
  const given = withoutOptions(object, registries);
  const shape = schemaProblems(ROOT, given).map((problem) => withOptions(problem, registries));
  const check = unlessWrong(shape);
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
    ...PORT_FIELDS.flatMap((field) => {
      const [path, union] = [`/spec/${field}`, spec[field] as Fields | undefined];
      return check(path, () => portProblems({ field, path, union }, { action, registries }));
    }),
    ...additionalPortsOf(object, registries).problems,
    ...optionsOf(object, registries).problems,
  ];
}

/** An unknown field of `spec` may be a misspelled option, too. */
function withOptions(problem: Problem, { options }: Registries): Problem {
  const [, field] = /^\/spec\/([^/]+)$/.exec(problem.path) ?? [];
  if (field === undefined || !isUnknown(problem)) return problem;
  const known = [...SPEC_FIELDS, ...options.keys()];
  return { ...problem, message: unknownField(unescapePointer(field), known) };
}

/** The object without the fields of its `spec` that are options. */
function withoutOptions(object: Fields, { options }: Registries): Fields {
  const { spec } = object;
  if (!isFields(spec) || !Object.keys(spec).some((field) => options.has(field))) return object;
  const fields = Object.entries(spec).filter(([field]) => !options.has(field));
  return { ...object, spec: Object.fromEntries(fields) };
}
