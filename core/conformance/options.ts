/** The properties that every option must have. @module */
import { Check } from "typebox/value";
import { MOST_PRIORITY, type Option, type Problem } from "../contracts/mod.ts";
import { isJson } from "./actions.ts";
import { toStructural } from "../crd/structural.ts";
import { ADDITIONAL_PORTS, annotationOf } from "../objects/forms.ts";
import { POD_ANNOTATIONS } from "../objects/pod.ts";
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
  checkForHops: "function?",
  rulesForHops: "list?",
  effect: "function",
};

/** The spelling that Kubernetes uses for the names of fields. */
const CAMEL_CASE = /^[a-z][a-zA-Z0-9]*$/;
const GOES_WITH = ["copies", "hops", "ports"] as const;
const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Values that the option accepts. The example is the first of them, if it is valid. */
function accepted(option: Option): unknown[] {
  return valuesOf(option).filter((value) => valueProblems(option, value).length === 0);
}

/** For `plugins/options/*.ts` and for options of plugin files. */
export const optionProperties: Properties<Option> = {
  docs: ({ docs }) => sentence(docs),
  field: ({ field }) => fieldProblems(field),
  goesWith: ({ goesWith }) =>
    goesWith === undefined || GOES_WITH.includes(goesWith)
      ? []
      : [`must be "copies", "hops" or "ports", or absent: is ${describe(goesWith)}`],
  schema: (option) => [...descriptions(clone(option.schema), ""), ...crdProblems(option)],
  example: (option) =>
    [...valueProblems(option, option.example), ...refusalsForHops(option)].map((
      { path, message },
    ) => `${path || "all of it"} ${message}`),
  rules: ({ rules = [] }) => rules.flatMap(ruleProblems),
  rulesForHops: ({ rulesForHops = [] }) => rulesForHops.flatMap(ruleProblems),
  checkForHops: ({ goesWith, checkForHops, rulesForHops }) =>
    goesWith === "copies" && (checkForHops || rulesForHops)
      ? ["must be absent, as must rulesForHops: the option goes with copies"]
      : [],
  effect: (option) => {
    const wrong = accepted(option).flatMap((value) => effectProblemsFor(option, value));
    return wrong.length > 0 ? [wrong[0]!] : withoutEffect(option);
  },
};

/** For what redirects must not have the example. It must be of use to every action that the option goes with. */
function refusalsForHops(option: Option): readonly Problem[] {
  if (valueProblems(option, option.example).length > 0) return [];
  return option.checkForHops?.(option.example).filter(({ cure }) => cure === undefined) ?? [];
}

function fieldProblems(field: string): string[] {
  if (!CAMEL_CASE.test(field)) {
    return [`must be in camelCase, e.g. "failureMode": is ${describe(field)}`];
  }
  if (SPEC_FIELDS.includes(field)) return [`is a field of every TrafficControl: "${field}"`];
  if (field in Object.prototype) return [`is a member of every JavaScript object: "${field}"`];
  const annotation = annotationOf(field);
  if (annotation === annotationOf(ADDITIONAL_PORTS)) {
    return [
      `has the annotation "${annotation}", which is that of ${ADDITIONAL_PORTS}: is "${field}"`,
    ];
  }
  return POD_ANNOTATIONS.includes(annotation)
    ? [`has the annotation "${annotation}", which is one of Pods: is "${field}"`]
    : [];
}

/** A part of a schema, as JSON. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly description?: string;
}

/**
 * What is wrong with the descriptions of fields within the option's value. The option itself is described by `docs`.
 */
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

/** The API server must accept every value that Sluice accepts. */
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

/** What is wrong with the effect of one value. It must be valid and always the same. */
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

/** A message if the example has no effect: an option must do something, at least for its example. */
function withoutEffect({ effect, example }: Option): string[] {
  const { copy = {}, hop = {}, ...others } = effect(example);
  const isNone = Object.keys({ ...copy, ...hop, ...others }).length === 0;
  return isNone ? ["does nothing for the example"] : [];
}

/**
 * What is wrong with the effect that an option returned.
 *
 * @param option The option, which says by `goesWith` which effects it may have.
 */
export function effectProblems(
  effect: unknown,
  { goesWith }: Pick<Option, "goesWith">,
): string[] {
  if (!isFields(effect)) return [`must return an effect: returns ${describe(effect)}`];
  if (Object.getPrototypeOf(effect) !== Object.prototype) {
    return [
      effect instanceof Promise
        ? "must return an effect: returns a promise, so it must not be async"
        : "must return an effect that is a plain object: returns one of another class",
    ];
  }
  const { priority, copy, hop, failsClosed, countsByPod, from, until, lasts, ...unknown } = effect;
  return [
    ...Object.keys(unknown).map((key) => `returns "${key}", which is no part of an effect`),
    ...(priority === undefined || isPriority(priority)
      ? []
      : [`priority must be a whole number from 0 to ${MOST_PRIORITY}: is ${describe(priority)}`]),
    ...Object.entries({ failsClosed, countsByPod })
      .filter(([, value]) => value !== undefined && value !== true)
      .map(([part, value]) => `${part} must be true or absent: is ${describe(value)}`),
    ...Object.entries({ from, until, lasts }).flatMap(([part, time]) => timeProblems(part, time)),
    ...Object.entries({ copy, hop }).flatMap(([part, scope]) => scopeProblems(part, scope)),
    ...(goesWith === "copies" && [hop, priority, failsClosed].some((each) => each !== undefined)
      ? ['goes with copies, and its effect is not "copy" alone']
      : []),
    ...(goesWith === "hops" && copy !== undefined
      ? ['goes with hops, and its effect has "copy"']
      : []),
  ];
}

/** Times are shown to users, and a `Date` throws if it cannot have one. */
function timeProblems(part: string, time: unknown): string[] {
  if (time === undefined) return [];
  const is = `is ${describe(time)}`;
  if (!Number.isSafeInteger(time)) return [`${part} must be a whole number of milliseconds: ${is}`];
  if (part === "lasts" && Number(time) < 0) return [`${part} must not be negative: ${is}`];
  const isDate = !Number.isNaN(new Date(Number(time)).getTime());
  return isDate ? [] : [`${part} must be a time that a Date can have: ${is}`];
}

function isPriority(value: unknown): boolean {
  return Number.isInteger(value) && 0 <= Number(value) && Number(value) <= MOST_PRIORITY;
}

function scopeProblems(part: string, scope: unknown): string[] {
  if (scope === undefined) return [];
  if (!isFields(scope)) return [`${part} must be an object: is ${describe(scope)}`];
  return isJson(scope) ? [] : [`${part} must hold values of JSON alone`];
}
