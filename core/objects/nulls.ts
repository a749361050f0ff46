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
 * @returns The value itself if nothing in it is null, as in almost all objects: nothing is copied then.
 */
export function withoutNulls(value: unknown): unknown {
  return hasNulls(value) ? copied(value) : value;
}

function hasNulls(value: unknown): boolean {
  if (typeof value !== "object") return false;
  return value === null || Object.values(value).some(hasNulls);
}

function copied(value: unknown, name?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => copied(item));
  if (!isFields(value)) return value;
  const rule = name !== undefined && Object.hasOwn(RULES, name) ? RULES[name]! : without;
  const fields = Object.entries(rule(value)).map(([key, field]) => [key, copied(field, key)]);
  return Object.fromEntries(fields);
}
