/** The two forms of a field that users can write as an annotation, too: the field of `spec`, and the annotation. @module */
import { canonical } from "../base/canonical.ts";
import { type Condition, warning } from "../contracts/condition.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import { escapePointer, type Fields, fieldsOf } from "./validate.ts";
import { parseValue } from "./yaml_value.ts";

/** The field with further ports. It is no option, as its schema follows from the targets. */
export const ADDITIONAL_PORTS = "additionalPorts";

/** A field as the user wrote it, in one of its two forms. */
export interface Given {
  /** JSON pointer from the object's root. */
  readonly path: string;
  readonly value?: unknown;
  /** Why there is no value: the text of the annotation is not YAML. */
  readonly problem?: string;
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

const annotationPath = (key: string) => `/metadata/annotations/${escapePointer(key)}`;

/** The annotations of an object that is not checked yet. */
export const annotationsIn = (object: Fields) => fieldsOf(fieldsOf(object.metadata).annotations);

/** The value of a field that the object itself has. Inherited properties such as `toString` do not count. */
const own = (fields: Fields, key: string) => Object.hasOwn(fields, key) ? fields[key] : undefined;

/**
 * The forms in which the object has the field.
 *
 * @returns The field of `spec` comes first, as it counts if the object has both.
 */
export function formsOf(field: string, object: Fields): Given[] {
  const value = own(fieldsOf(object.spec), field);
  const key = annotationOf(field);
  const text = own(annotationsIn(object), key);
  return [
    ...(value === undefined ? [] : [{ path: `/spec/${escapePointer(field)}`, value }]),
    // The check of `metadata` refuses annotations that are not strings.
    ...(typeof text === "string" ? [{ path: annotationPath(key), ...parseValue(text) }] : []),
  ];
}

/** A warning about an object, and where in the object its cause stands. */
export interface Remark {
  /** JSON pointer from the object's root. */
  readonly path: string;
  readonly condition: Condition;
}

/** A remark on an annotation. */
export const remark = (key: string, message: string, cure: string): Remark => ({
  path: annotationPath(key),
  condition: warning("Invalid", message, cure),
});

/** A remark if field and annotation have different values. */
export function differing(field: string, [one, other]: readonly Given[]): Remark[] {
  if (!one || !other || canonical(one.value) === canonical(other.value)) return [];
  const key = annotationOf(field);
  const message = `Annotation "${key}" has another value than field "spec.${field}", which counts`;
  return [remark(key, message, "remove the annotation")];
}
