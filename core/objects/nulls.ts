/** Fields that are null. The API server takes them for absent, so manifests may have them. @module */
import { type Fields, isFields } from "./validate.ts";

type Rule = (fields: Fields) => Fields;

/** What becomes of the nulls in a map, by the name of the map. Everywhere else, fields that are null are left out. */
const RULES: Readonly<Record<string, Rule>> = {
  /** The API server stores an empty text. */
  annotations: (fields) =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? ""])),
  /**
   * The check of selectors refuses them. The API server leaves them out, and the selector then selects more Pods than
   * its author wanted: decision 026.
   */
  matchLabels: (fields) => fields,
};

const without: Rule = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/**
 * The value without fields that are null, at every depth. Items of lists stay.
 *
 * @returns The value itself if it has no such fields.
 */
export function withoutNulls(value: unknown, name?: string): unknown {
  if (Array.isArray(value)) return same(value, value.map((item) => withoutNulls(item)));
  if (!isFields(value)) return value;
  const rule = name !== undefined && Object.hasOwn(RULES, name) ? RULES[name]! : without;
  const kept = Object.values(value).includes(null) ? rule(value) : value;
  const fields = Object.entries(kept).map(([key, field]) => [key, withoutNulls(field, key)]);
  const isSame = kept === value && fields.every(([key, field]) => field === value[key as string]);
  return isSame ? value : Object.fromEntries(fields);
}

function same(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}
