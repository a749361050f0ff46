/** Properties that plugins must have, and the messages for the author of a plugin that lacks one. @module */
import { canonical } from "../base/canonical.ts";
import { describe } from "../objects/validate.ts";

/** Each function returns what is wrong, in words for the author; an empty list if the plugin has the property. */
export type Properties<P> = Readonly<Record<string, (plugin: P) => readonly string[]>>;

/**
 * Runs a table of properties over one plugin.
 *
 * @returns One line for each fault; none for a plugin that conforms.
 */
export function conformance<P>(plugin: P, properties: Properties<P>): string[] {
  return Object.entries(properties).flatMap(([name, faultsOf]) => {
    try {
      return faultsOf(plugin).map((fault) => `${name}: ${fault}`);
    } catch (error) {
      return [`${name}: throws ${thrown(error)}`];
    }
  });
}

/** A thrown value as text. Plugins may throw any value, also one that is no `Error`. */
export function thrown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : describe(error);
}

/** For each field its `typeof`, `value` if it may be anything, or the values that it may have. A field whose type ends in `?` may be absent. */
export type Shape = Readonly<Record<string, string | readonly string[]>>;

/** Fields that are missing, unknown or of another type. For typed plugins the compiler finds these faults. */
export function shapeProblems(plugin: unknown, shape: Shape): string[] {
  if (typeof plugin !== "object" || plugin === null) return ["must be an object"];
  const fields = plugin as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).filter((field) => !(field in shape)).map((field) =>
    `${field}: is unknown: known are ${Object.keys(shape).join(", ")}`
  );
  const wrong = Object.entries(shape).flatMap(([field, wanted]) => {
    const problem = fieldProblem(fields[field], wanted);
    return problem === undefined ? [] : [`${field}: ${problem}`];
  });
  return [...unknown, ...wrong];
}

function fieldProblem(value: unknown, wanted: Shape[string]): string | undefined {
  const isOptional = typeof wanted === "string" && wanted.endsWith("?");
  if (value === undefined) return isOptional ? undefined : "is missing";
  if (typeof wanted !== "string") {
    if (wanted.includes(value as string)) return undefined;
    return `must be ${wanted.map((each) => `"${each}"`).join(" or ")}: is ${describe(value)}`;
  }
  const type = wanted.replace("?", "");
  if (type === "value") return undefined;
  const is = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return is === type ? undefined : `must be ${article(type)}: is ${article(is)}`;
}

const article = (type: string) =>
  type === "null" ? type : `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;

const SENTENCE = /^[A-Z].*\.$/;
/** @returns What is wrong with a text for the CRD and the reference, which must be one sentence. */
export function sentence(text: string): string[] {
  if (SENTENCE.test(text)) return [];
  return [`must be one sentence, from a capital letter to a full stop: is ${describe(text)}`];
}

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** @returns What is wrong with a name for flags, which must be in kebab-case. */
export function kebabCase(name: string): string[] {
  if (KEBAB_CASE.test(name)) return [];
  return [`must be in kebab-case, e.g. "my-cni": is ${describe(name)}`];
}

/** @returns What is wrong with a function, which must give the same result twice. `what` names the result. */
export function pure(what: string, call: () => unknown): string[] {
  const [first, second] = [canonical(call()), canonical(call())];
  if (first === second) return [];
  return [`must be pure: ${what} gives ${first}, and then ${second}`];
}
