/** What every option holds. @module */
import { Check } from "typebox/value";
import { MOST_PRIORITY, type Option } from "../contracts/mod.ts";
import { isJson } from "./actions.ts";
import { toStructural } from "../crd/structural.ts";
import { SPEC_FIELDS } from "../objects/traffic_control.ts";
import { describe, isFields, valueProblems } from "../objects/validate.ts";
import { type Properties, pure, sentence, type Shape, thrown } from "./properties.ts";
import { valuesOf } from "./variants.ts";

export const optionShape: Shape = {
  field: "string",
  docs: "string",
  schema: "object",
  example: "value",
  goesWith: "string?",
  check: "function?",
  rules: "list?",
  effect: "function",
};

/** As Kubernetes' own fields are. */
const CAMEL_CASE = /^[a-z][a-zA-Z0-9]*$/;
const GOES_WITH = ["copies", "hops"] as const;
const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Values that the option accepts; the example is the first. */
function accepted(option: Option): unknown[] {
  return valuesOf(option).filter((value) => valueProblems(option, value).length === 0);
}

/** Of `plugins/options/*.ts` and of options from files. */
export const optionProperties: Properties<Option> = {
  docs: ({ docs }) => sentence(docs),
  field: ({ field }) => fieldProblems(field),
  goesWith: ({ goesWith }) =>
    goesWith === undefined || GOES_WITH.includes(goesWith)
      ? []
      : [`must be "copies" or "hops", or absent: is ${describe(goesWith)}`],
  schema: (option) => [...descriptions(clone(option.schema), ""), ...crdProblems(option)],
  example: (option) =>
    valueProblems(option, option.example).map(({ path, message }) =>
      `${path || "all of it"} ${message}`
    ),
  rules: ({ rules = [] }) => rules.flatMap(ruleProblems),
  effect: (option) => {
    const wrong = accepted(option).flatMap((value) => effectProblemsFor(option, value));
    return wrong.length > 0 ? [wrong[0]!] : withoutEffect(option);
  },
};

function fieldProblems(field: string): string[] {
  if (!CAMEL_CASE.test(field)) {
    return [`must be in camelCase, e.g. "failureMode": is ${describe(field)}`];
  }
  return SPEC_FIELDS.includes(field) ? [`is a field of every TrafficControl: "${field}"`] : [];
}

/** Of a schema's nodes, as JSON. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly description?: string;
}

/** The option's own is `docs`; each field within needs one. */
function descriptions({ properties = {}, items }: Node, path: string): string[] {
  const within = Object.entries(properties).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const own = field.description === undefined
      ? [`field "${at}" needs a description: { description: "..." }`]
      : sentence(field.description).map((wrong) => `description of field "${at}" ${wrong}`);
    return [...own, ...descriptions(field, at)];
  });
  return items === undefined ? within : [...within, ...descriptions(items, `${path}[]`)];
}

/** The API server must take what Sluice takes. */
function crdProblems(option: Option): string[] {
  const crd = toStructural(clone(option.schema));
  return accepted(option).filter((value) => !Check(crd, clone(value)))
    .map((value) => `the CRD that follows from it refuses ${JSON.stringify(value)}`);
}

function ruleProblems(given: unknown): string[] {
  const { rule, message } = Object(given) as Readonly<Record<string, unknown>>;
  if (typeof rule === "string" && typeof message === "string") return [];
  return [`must be a list of { rule, message }: has ${JSON.stringify(given)}`];
}

/** Of one value, that its effect is fine, and always the same. */
function effectProblemsFor(option: Option, value: unknown): string[] {
  const where = `for ${JSON.stringify(value)}`;
  const given = frozen(clone(value));
  try {
    const wrong = effectProblems(option.effect(given as never), option);
    if (wrong.length > 0) return wrong.map((each) => `${each} (${where})`);
    return pure(`the effect ${where}`, () => option.effect(given as never));
  } catch (error) {
    return [`throws ${where}: ${thrown(error)}`];
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** An option that is for something has an effect, at least for its example. */
function withoutEffect({ effect, example }: Option): string[] {
  const { priority, copy = {}, hop = {} } = effect(example);
  const isNone = priority === undefined && Object.keys({ ...copy, ...hop }).length === 0;
  return isNone ? ["does nothing for the example"] : [];
}

/**
 * What is wrong with what an option returned.
 *
 * @param option What it says of itself.
 */
export function effectProblems(
  effect: unknown,
  { goesWith }: Pick<Option, "goesWith">,
): string[] {
  if (!isFields(effect)) return [`must return an effect: returns ${describe(effect)}`];
  const { priority, copy, hop, ...unknown } = effect;
  return [
    ...Object.keys(unknown).map((key) => `returns "${key}", which is no part of an effect`),
    ...(priority === undefined || isPriority(priority)
      ? []
      : [`priority must be a whole number from 0 to ${MOST_PRIORITY}: is ${describe(priority)}`]),
    ...Object.entries({ copy, hop }).flatMap(([part, scope]) => scopeProblems(part, scope)),
    ...(goesWith === "copies" && (hop !== undefined || priority !== undefined)
      ? ['goes with copies, and its effect is not "copy" alone']
      : []),
    ...(goesWith === "hops" && copy !== undefined
      ? ['goes with hops, and its effect has "copy"']
      : []),
  ];
}

function isPriority(value: unknown): boolean {
  return Number.isInteger(value) && 0 <= Number(value) && Number(value) <= MOST_PRIORITY;
}

function scopeProblems(part: string, scope: unknown): string[] {
  if (scope === undefined) return [];
  if (!isFields(scope)) return [`${part} must be an object: is ${describe(scope)}`];
  return isJson(scope) ? [] : [`${part} must hold values of JSON alone`];
}
