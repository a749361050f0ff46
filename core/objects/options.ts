/** Options of a TrafficControl: each is a field of `spec`, or an annotation that means the same. @module */
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
    problems: [
      ...all.flatMap(({ option, given }) => given.flatMap((each) => judge(option, each, action))),
      ...unknownAnnotations(object, options),
    ],
    conditions: all.flatMap(({ option, given }) => differing(option, given)),
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

/** @returns The field first: if the object has both, the field counts. */
function givenFor({ field }: Option, object: Fields): Given[] {
  const value = fieldsOf(object.spec)[field];
  const key = annotationOf(field);
  const text = annotationsIn(object)[key];
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

function unknownAnnotations(object: Fields, options: readonly Option[]): Problem[] {
  const known = options.map(({ field }) => annotationOf(field));
  const unknown = Object.keys(annotationsIn(object)).filter((key) =>
    key.startsWith(OWN_ANNOTATIONS) && !known.includes(key)
  );
  const list = known.length === 0 ? "there are none" : `known are ${known.join(", ")}`;
  return unknown.map((key) => ({ path: annotationPath(key), message: `is no option: ${list}` }));
}

function differing({ field }: Option, [one, other]: readonly Given[]): Condition[] {
  if (!one || !other || canonical(one.value) === canonical(other.value)) return [];
  const message = `Annotation "${
    annotationOf(field)
  }" has another value than field "spec.${field}", which counts`;
  return [warning("Invalid", message, "remove the annotation")];
}
