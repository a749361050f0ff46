/**
 * Options of a TrafficControl. Users write each one as a field of `spec`, or as an annotation with the same meaning.
 * @module
 */
import { TerminalError } from "../base/errors.ts";
import { nearest } from "../base/near_miss.ts";
import { warning } from "../contracts/condition.ts";
import type { Action, HopProblem, Option, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import {
  ADDITIONAL_PORTS,
  annotationOf,
  annotationsIn,
  differing,
  formsOf,
  type Given,
  type Remark,
  remark,
} from "./forms.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import { type Fields, fieldsOf, valueProblems } from "./validate.ts";

/** The options of one object, and what is wrong with them. */
export interface FoundOptions {
  /** By field, in the order of the registry. They are valid only if there are no problems. */
  readonly values: Readonly<Record<string, unknown>>;
  /** With JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
  /** Warnings. The object is not refused for them. */
  readonly remarks: readonly Remark[];
}

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
  ports: ({ targetPort, returnPort }) => targetPort === "required" || returnPort === "required",
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
  const all = options.map((option) => ({ option, given: formsOf(option.field, object) }));
  return {
    values: Object.fromEntries(
      all.filter(({ given }) => given.length > 0)
        .map(({ option, given }) => [option.field, given[0]!.value]),
    ),
    problems: all.flatMap(({ option, given }) =>
      given.flatMap((each) => judge(option, each, action))
    ),
    remarks: [
      ...all.flatMap(({ option, given }) =>
        given.flatMap((each) => hopRemarks(option, each, action))
      ),
      ...all.flatMap(({ option, given }) => differing(option.field, given)),
      ...unknownAnnotations(object, options),
    ],
  };
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
  const found = valueProblems(option, value);
  const refusals = found.length > 0
    ? found
    : hopProblems(option, value, action).filter(({ cure }) => cure === undefined);
  return refusals.map((each) => ({ ...each, path: path + each.path }));
}

/** What is wrong with a valid value for an action that redirects. */
function hopProblems(
  option: Option,
  value: unknown,
  action: Action | undefined,
): readonly HopProblem[] {
  if (!action || !SUITS.hops(action)) return [];
  return option.checkForHops?.(value as typeof option.example) ?? [];
}

/** The warnings about an option of an object that redirects; none if the option is refused. */
function hopRemarks(option: Option, given: Given, action: Action | undefined): Remark[] {
  if (!option.checkForHops || judge(option, given, action).length > 0) return [];
  return hopProblems(option, given.value, action).map(({ path, message, cure = "" }) => ({
    path: given.path + path,
    condition: warning("Invalid", `Field "${given.path}${path}" ${message}`, cure),
  }));
}

/**
 * A remark on each annotation with Sluice's prefix that stands for no field. It may be a misspelled option, or a note of
 * the user for another program, so the object is not refused.
 */
function unknownAnnotations(object: Fields, options: readonly Option[]): Remark[] {
  const fields = [ADDITIONAL_PORTS, ...options.map(({ field }) => field)];
  const known = fields.map(annotationOf);
  const unknown = Object.keys(annotationsIn(object)).filter((key) =>
    key.startsWith(OWN_ANNOTATIONS) && !known.includes(key)
  );
  return unknown.map((key) => remark(key, `Annotation "${key}" is no option`, meantBy(key, known)));
}

/** What to do about an annotation that is no option. */
function meantBy(key: string, known: readonly string[]): string {
  const name = (annotation: string) => annotation.slice(OWN_ANNOTATIONS.length);
  const meant = nearest(name(key), known.map(name));
  return meant === undefined
    ? `remove the annotation, or use one of ${known.join(", ")}`
    : `did you mean "${OWN_ANNOTATIONS}${meant}"? If not, remove the annotation`;
}
