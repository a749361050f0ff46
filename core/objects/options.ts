/**
 * Options of a TrafficControl. Users write each one as a field of `spec`, or as an annotation with the same meaning.
 * @module
 */
import { TerminalError } from "../base/errors.ts";
import { canonical } from "../base/canonical.ts";
import { type Condition, warning } from "../contracts/condition.ts";
import type { Action, Option, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import { escapePointer, type Fields, fieldsOf, valueProblems } from "./validate.ts";
import { parseValue } from "./yaml_value.ts";

/** The options of one object, and what is wrong with them. */
export interface FoundOptions {
  /** By field, in the order of the registry. They are valid only if there are no problems. */
  readonly values: Readonly<Record<string, unknown>>;
  /** With JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
  /** Warnings. The object is not refused for them. */
  readonly conditions: readonly Condition[];
}

/** The first letter of each word of a field but the first word: `I` and `T` in `nonIPTraffic`. */
const WORD = /(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/g;

/** The key of the annotation with the same meaning as a field: `sluice.dev/non-ip-traffic` for `nonIPTraffic`. */
export function annotationOf(field: string): string {
  return annotations.getOrInsertComputed(
    field,
    () => OWN_ANNOTATIONS + field.replaceAll(WORD, "-$&").toLowerCase(),
  );
}
/** Those that were asked for, by field. */
const annotations = new Map<string, string>();

/**
 * Another field with the same annotation: fields that differ only in upper and lower case can have one annotation.
 *
 * @returns The first such field among `fields`; nothing if there is none.
 */
export function sameAnnotation(field: string, fields: Iterable<string>): string | undefined {
  const annotation = annotationOf(field);
  return [...fields].find((other) => other !== field && annotationOf(other) === annotation);
}

/**
 * Checks that each option has an annotation of its own.
 *
 * @throws {TerminalError} If two options have the same annotation.
 */
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
 * Reads and checks the options of a TrafficControl. Pure.
 *
 * @param object The whole object as its source gave it; nothing in it needs to be right.
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

/** One option as the user wrote it, in one of its two forms. */
interface Given {
  /** JSON pointer from the object's root. */
  readonly path: string;
  readonly value?: unknown;
  /** Why there is no value: the text of the annotation is not YAML. */
  readonly problem?: string;
}

const annotationPath = (key: string) => `/metadata/annotations/${escapePointer(key)}`;
const annotationsIn = (object: Fields) => fieldsOf(fieldsOf(object.metadata).annotations);

/** The value of a field that the object itself has. Inherited properties such as `toString` do not count. */
const own = (fields: Fields, key: string) => Object.hasOwn(fields, key) ? fields[key] : undefined;

/**
 * The forms in which the object has the option.
 *
 * @returns The field comes first, as it counts if the object has both.
 */
function givenFor({ field }: Option, object: Fields): Given[] {
  const value = own(fieldsOf(object.spec), field);
  const key = annotationOf(field);
  const text = own(annotationsIn(object), key);
  return [
    ...(value === undefined ? [] : [{ path: `/spec/${escapePointer(field)}`, value }]),
    // The check of `metadata` refuses annotations that are not strings.
    ...(typeof text === "string" ? [{ path: annotationPath(key), ...parseValue(text) }] : []),
  ];
}

/**
 * What is wrong with an option.
 *
 * @param action Nothing if the object names an unknown action: that is reported elsewhere.
 */
function judge(option: Option, given: Given, action: Action | undefined): Problem[] {
  const { path, value, problem } = given;
  if (action && !suits(option, action)) {
    return [{ path, message: `must be absent for action ${action.name}` }];
  }
  if (problem !== undefined) return [{ path, message: problem }];
  return valueProblems(option, value).map((each) => ({ ...each, path: path + each.path }));
}

/**
 * A warning for each annotation with Sluice's prefix that is no option. It may be a misspelled option, or a note of the
 * user for another program, so the object is not refused.
 */
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

/** A warning if field and annotation have different values. */
function differing({ field }: Option, [one, other]: readonly Given[]): Condition[] {
  if (!one || !other || canonical(one.value) === canonical(other.value)) return [];
  const message = `Annotation "${
    annotationOf(field)
  }" has another value than field "spec.${field}", which counts`;
  return [warning("Invalid", message, "remove the annotation")];
}
