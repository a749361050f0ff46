/** The properties that every action must have. @module */
import type { Action, PortRef } from "../contracts/mod.ts";
import { describe } from "../objects/validate.ts";
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
  const { mirrors = [], redirect, drop, ...unknown } = treatment as Readonly<
    Record<string, unknown>
  >;
  if (!Array.isArray(mirrors)) return ["must return a list as mirrors"];
  const used = [...mirrors, ...Object.values(Object(redirect))];
  const known = new Set(ports.filter((port) => port !== undefined));
  return [
    ...Object.keys(unknown).map((key) => `returns "${key}", which is no part of a treatment`),
    ...used.filter((port) => !known.has(port)).map((port) =>
      `returns port ${describe(port)}, which it was not given`
    ),
    ...(redirect === undefined || isPair(redirect) ? [] : ["redirect must have target and return"]),
    ...(drop === undefined || drop === true ? [] : ["drop must be true or absent"]),
    ...(redirect && drop ? ["cannot both redirect and drop"] : []),
    ...(mirrors.length > 0 || redirect || drop
      ? []
      : ["must mirror, redirect or drop: does nothing"]),
  ];
}

function isPair(redirect: unknown): boolean {
  return Object.keys(Object(redirect)).sort().join() === "return,target";
}

/** An action must use every port that it requires. */
function unusedPorts(action: Action): string[] {
  const ports = givenPorts(action);
  const { mirrors = [], redirect } = action.treat(ports);
  const used = new Set<string>([...mirrors, ...Object.values(redirect ?? {})]);
  return Object.entries(ports).filter(([, port]) => port !== undefined && !used.has(port))
    .map(([name]) => `requires ${name === "target" ? "targetPort" : name} and does not use it`);
}
