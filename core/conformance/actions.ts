/** The properties that every action must have. @module */
import Type from "typebox";
import type { Action, PortRef, Treatment } from "../contracts/mod.ts";
import { describe, schemaProblems } from "../objects/validate.ts";
import { type Properties, pure, sentence, type Shape } from "./properties.ts";

const NEEDS = ["required", "forbidden"] as const;

export const actionShape: Shape = {
  name: "string",
  docs: "string",
  targetPort: NEEDS,
  returnPort: NEEDS,
  refuses: "list?",
  treat: "function",
};

const PASCAL_CASE = /^([A-Z][a-z0-9]*)+$/;
const KINDS = /^[a-z][a-zA-Z0-9]*$/;

const closed = { additionalProperties: false } as const;
const few = { minItems: 1 } as const;
const SCOPE = Type.Optional(Type.Object({}));
const PAIR = Type.Object({ target: Type.String(), return: Type.String() }, closed);
const TREATMENT = Type.Object({
  copies: Type.Optional(
    Type.Array(Type.Object({ to: Type.Array(Type.String(), few), scope: SCOPE }, closed)),
  ),
  hops: Type.Optional(
    Type.Array(Type.Object({ pairs: Type.Array(PAIR, few), scope: SCOPE }, closed)),
  ),
  drop: Type.Optional(Type.Literal(true)),
}, closed);

/** Ports as the core would give them to the action. Each is named after what it is. */
function givenPorts({ targetPort, returnPort }: Action) {
  return Object.freeze({
    target: targetPort === "required" ? "target" as PortRef : undefined,
    returnPort: returnPort === "required" ? "returnPort" as PortRef : undefined,
  });
}

/** For `plugins/actions/*.ts` and for actions of plugin files. */
export const actionProperties: Properties<Action> = {
  docs: ({ docs }) => sentence(docs),
  name: ({ name }) =>
    PASCAL_CASE.test(name) ? [] : [`must be in PascalCase, e.g. "Drop": is ${describe(name)}`],
  refuses: ({ refuses = [] }) =>
    refuses.filter((kind) => typeof kind !== "string" || !KINDS.test(kind))
      .map((kind) => `must be kinds of targets: has ${describe(kind)}`),
  treat: (action) => {
    const ports = givenPorts(action);
    const wrong = treatmentProblems(action.treat(ports), Object.values(ports));
    return wrong.length > 0
      ? wrong
      : [...pure("it", () => action.treat(ports)), ...unusedPorts(action)];
  },
};

/**
 * What is wrong with the treatment that an action returned.
 *
 * @param ports The ports that the action was given.
 */
export function treatmentProblems(treatment: unknown, ports: readonly unknown[]): string[] {
  if (typeof treatment !== "object" || treatment === null) {
    return [`must return a treatment: returns ${describe(treatment)}`];
  }
  const wrong = schemaProblems(TREATMENT, treatment);
  if (wrong.length > 0) {
    return wrong.map(({ path, message }) =>
      `returns a treatment of which ${path || "all"} ${message}`
    );
  }
  const { copies = [], hops = [], drop } = treatment as Treatment;
  const known = new Set(ports.filter((port) => port !== undefined));
  return [
    ...usedPorts({ copies, hops }).filter((port) => !known.has(port)).map((port) =>
      `returns port ${describe(port)}, which it was not given`
    ),
    ...[...copies, ...hops].filter(({ scope = {} }) => !isJson(scope)).map(() =>
      "returns a scope that is more than JSON can say"
    ),
    ...(hops.length > 0 && drop ? ["cannot both send packets through a pair and drop them"] : []),
    ...(copies.length > 0 || hops.length > 0 || drop
      ? []
      : ["must return copies, hops or drop: does nothing"]),
  ];
}

function usedPorts({ copies = [], hops = [] }: Treatment): PortRef[] {
  const pairs = hops.flatMap((hop) => hop.pairs);
  return [
    ...copies.flatMap(({ to }) => to),
    ...pairs.flatMap((pair) => [pair.target, pair.return]),
  ];
}

/** How deep a scope may be. */
const DEEPEST = 16;

/** Whether it is data that JSON can say: scopes are compared and hashed as JSON. */
export function isJson(value: unknown, depth = 0): boolean {
  if (typeof value !== "object") {
    return ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
  }
  if (value === null) return true;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && depth < DEEPEST &&
    Object.values(value).every((inner) => isJson(inner, depth + 1));
}

/** An action must use every port that it requires. */
function unusedPorts(action: Action): string[] {
  const ports = givenPorts(action);
  const used = new Set<string>(usedPorts(action.treat(ports)));
  return Object.entries(ports).filter(([, port]) => port !== undefined && !used.has(port))
    .map(([name]) => `requires ${name === "target" ? "targetPort" : name} and does not use it`);
}
