/** Options of a TrafficControl: each is a field of `spec`, or an annotation that means the same. @module */
import { TerminalError } from "../base/errors.ts";
import { canonical } from "../base/canonical.ts";
import { type Condition, warning } from "../contracts/condition.ts";
import type { Action, Option, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import { escapePointer, type Fields, fieldsOf, valueProblems } from "./validate.ts";
import { parseValue } from "./yaml_value.ts";

/** What is found of an object's options. */
export interface FoundOptions {
  /** By field, in the order of the registry; those of options with problems mean nothing. */
  readonly values: Readonly<Record<string, unknown>>;
  /** With JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
  /** Warnings; no object is refused for them. */
  readonly conditions: readonly Condition[];
}

/** Before the first letter of each word but the first: `nonIPTraffic` has three. */
const WORD = /(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/g;

/** The annotation that means the same as the field. */
export function annotationOf(field: string): string {
  return OWN_ANNOTATIONS + field.replaceAll(WORD, "-$&").toLowerCase();
}

/** Two fields may differ in upper case alone. @returns The first of the fields that has the same annotation as the field. */
export function sameAnnotation(field: string, fields: Iterable<string>): string | undefined {
  const annotation = annotationOf(field);
  return [...fields].find((other) => other !== field && annotationOf(other) === annotation);
}

/** @throws {TerminalError} If two options have one annotation. */
export function requireOwnAnnotations(options: Registries["options"]): void {
  for (const field of options.keys()) {
    const other = sameAnnotation(field, options.keys());
    if (other === undefined) continue;
    const annotation = annotationOf(field);
    throw new TerminalError(
      `Cannot register options "${field}" and "${other}": both have annotation "${annotation}"`,
    );
  }
}

const SUITS: Readonly<Record<NonNullable<Option["goesWith"]>, (action: Action) => boolean>> = {
  copies: ({ targetPort, returnPort }) => targetPort === "required" && returnPort === "forbidden",
  hops: ({ returnPort }) => returnPort === "required",
};

/** Whether a TrafficControl with the action may have the option. */
export function suits({ goesWith }: Option, action: Action): boolean {
  return goesWith === undefined || SUITS[goesWith](action);
}

/**
 * The options of a TrafficControl, whatever the object holds. Pure.
 *
 * @param object As it came from its source.
 */
export function optionsOf(object: Fields, registries: Registries): FoundOptions {
  const options = [...registries.options.values()];
  const action = registries.actions.get(fieldsOf(object.spec).action as string);
  const all = options.map((option) => ({ option, given: givenFor(option, object) }));
  return {
    values: Object.fromEntries(
      all.filter(({ given }) => given.length > 0)
        .map(({ option, given }) => [option.field, given[0]!.value]),
    ),
    problems: all.flatMap(({ option, given }) =>
      given.flatMap((each) => judge(option, each, action))
    ),
    conditions: [
      ...all.flatMap(({ option, given }) => differing(option, given)),
      ...unknownAnnotations(object, options),
    ],
  };
}

/** One of the two forms of an option. */
interface Given {
  /** JSON pointer from the object's root. */
  readonly path: string;
  readonly value?: unknown;
  /** Why there is no value. */
  readonly problem?: string;
}

const annotationPath = (key: string) => `/metadata/annotations/${escapePointer(key)}`;
const annotationsIn = (object: Fields) => fieldsOf(fieldsOf(object.metadata).annotations);

/** Not what every object inherits, such as `toString`. */
const own = (fields: Fields, key: string) => Object.hasOwn(fields, key) ? fields[key] : undefined;

/** @returns The field first: if the object has both, the field counts. */
function givenFor({ field }: Option, object: Fields): Given[] {
  const value = own(fieldsOf(object.spec), field);
  const key = annotationOf(field);
  const text = own(annotationsIn(object), key);
  return [
    ...(value === undefined ? [] : [{ path: `/spec/${escapePointer(field)}`, value }]),
    // The check of `metadata` refuses annotations that are no strings
    ...(typeof text === "string" ? [{ path: annotationPath(key), ...parseValue(text) }] : []),
  ];
}

/** @param action None if the object's is not registered, which is a problem of its own. */
function judge(option: Option, given: Given, action: Action | undefined): Problem[] {
  const { path, value, problem } = given;
  if (action && !suits(option, action)) {
    return [{ path, message: `must be absent for action ${action.name}` }];
  }
  if (problem !== undefined) return [{ path, message: problem }];
  return valueProblems(option, value).map((each) => ({ ...each, path: path + each.path }));
}

/** They may be misspelled options, or notes that a user keeps there for other programs: no object is refused for them. */
function unknownAnnotations(object: Fields, options: readonly Option[]): Condition[] {
  const known = options.map(({ field }) => annotationOf(field));
  const unknown = Object.keys(annotationsIn(object)).filter((key) =>
    key.startsWith(OWN_ANNOTATIONS) && !known.includes(key)
  );
  const cure = known.length === 0
    ? "remove the annotation"
    : `remove the annotation, or use one of ${known.join(", ")}`;
  return unknown.map((key) => warning("Invalid", `Annotation "${key}" is no option`, cure));
}

function differing({ field }: Option, [one, other]: readonly Given[]): Condition[] {
  if (!one || !other || canonical(one.value) === canonical(other.value)) return [];
  const message = `Annotation "${
    annotationOf(field)
  }" has another value than field "spec.${field}", which counts`;
  return [warning("Invalid", message, "remove the annotation")];
}
