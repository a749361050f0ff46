/** The properties that every target must have. @module */
import { Check } from "typebox/value";
import type { PortSpec, Target } from "../contracts/mod.ts";
import { canonical } from "../base/canonical.ts";
import { portProblems } from "./port_schema.ts";
import { toStructural } from "../crd/structural.ts";
import { describe, targetProblems } from "../objects/validate.ts";
import { type Properties, pure, sentence, type Shape, thrown } from "./properties.ts";
import { variants } from "./variants.ts";

export const targetShape: Shape = {
  kind: "string",
  docs: "string",
  lifetime: ["named", "shared"],
  oneWay: "boolean?",
  overhead: "number?",
  schema: "object",
  example: "object",
  check: "function?",
  port: "function",
  ingressPort: "function?",
};

/** The spelling that Kubernetes uses for the names of fields. */
const CAMEL_CASE = /^[a-z][a-zA-Z0-9]*$/;
const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const reversed = (spec: object) => Object.fromEntries(Object.entries(spec).reverse());
const isValid = (target: Target) => (spec: object) => targetProblems(target, spec).length === 0;
const specs = (target: Target) => variants(target).filter(isValid(target));

/** For `targets/*.ts` and for targets of plugin files. */
export const targetProperties: Properties<Target> = {
  docs: ({ docs }) => sentence(docs),
  kind: ({ kind }) =>
    CAMEL_CASE.test(kind) ? [] : [`must be in camelCase, e.g. "ovsInternal": is ${describe(kind)}`],
  oneWay: ({ oneWay = true }) => oneWay ? [] : ["must be true or absent"],
  overhead: ({ overhead = 0 }) =>
    Number.isInteger(overhead) && overhead >= 0
      ? []
      : [`must be a number of bytes: is ${describe(overhead)}`],
  schema: (target) => [...descriptions(target), ...crdProblems(target)],
  example: (target) =>
    targetProblems(target, target.example).map(({ path, message }) =>
      `${path || "all of it"} ${message}`
    ),
  port: (target) => {
    const wrong = specs(target).flatMap((spec) => portFaults(target, spec));
    return wrong.length > 0 ? [wrong[0]!] : identityFaults(target);
  },
};

function descriptions({ schema }: Target): string[] {
  if (schema.type !== "object") return ["must be an object: use api.Type.Object({ ... })"];
  const fields = Object.entries(schema.properties as Record<string, { description?: string }>);
  return fields.flatMap(([name, { description }]) =>
    description === undefined
      ? [`field "${name}" needs a description: { description: "..." }`]
      : sentence(description).map((wrong) => `description of field "${name}" ${wrong}`)
  );
}

/** The API server must accept every spec that Sluice accepts. */
function crdProblems(target: Target): string[] {
  const crd = toStructural(clone(target.schema));
  return specs(target).filter((spec) => !Check(crd, clone(spec)))
    .map((spec) => `the CRD that follows from it refuses ${JSON.stringify(spec)}`);
}

/** What is wrong with the port for one spec. It must be valid and always the same, in any order of the spec's keys. */
function portFaults(target: Target, spec: object): string[] {
  const given = Object.freeze(clone(spec));
  const where = `for ${JSON.stringify(spec)}`;
  try {
    const ingress = target.ingressPort?.(given as never);
    const wrong = [
      ...portProblems(target.port(given as never)),
      ...(ingress ? portProblems(ingress) : []),
    ];
    if (wrong.length > 0) return wrong.map((each) => `${each} (${where})`);
    const calls = [given, reversed(given)];
    return pure(`the port ${where}, with its keys in any order,`, () => {
      const call = calls.pop() as never;
      return [target.port(call), target.ingressPort?.(call)];
    });
  } catch (error) {
    return [`throws ${where}: ${thrown(error)}`];
  }
}

/** One identity means one port on a bridge. So all specs of one identity have one name, and no other spec has it. */
function identityFaults(target: Target): string[] {
  const ports = specs(target).flatMap((spec) =>
    [target.port(spec as never), target.ingressPort?.(spec as never)]
      .filter((port) => port !== undefined).map((port) => ({ spec, port }))
  );
  const seen: { spec: object; port: PortSpec }[] = [];
  for (const each of ports) {
    const clash = seen.find(({ port }) =>
      (port.identity === each.port.identity) !== (port.name === each.port.name)
    );
    if (clash) {
      const both = `${canonical(clash.spec)} and ${canonical(each.spec)}`;
      return [
        clash.port.name === each.port.name
          ? `two identities have one name, "${clash.port.name}": ${both}`
          : `one identity has two names, "${clash.port.name}" and "${each.port.name}": ${both}`,
      ];
    }
    seen.push(each);
  }
  return [];
}
