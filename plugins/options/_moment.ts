/** Points in time as users write them in a TrafficControl: RFC 3339, section 5.6. @module */
import Type from "typebox";
import type { Problem } from "../../core/api.ts";

/** RE2 and JavaScript read the pattern alike. */
const PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?" +
  "(Z|[+-][0-9]{2}:[0-9]{2})$";
/** The length of the longest text that fits the pattern. */
const LONGEST = "2026-01-01T00:00:00.000000000+00:00".length;

/** The schema of a point in time. */
export const MOMENT = Type.String({
  maxLength: LONGEST,
  pattern: PATTERN,
  description: "A time in the form of RFC 3339 with its zone, e.g. 2026-12-24T18:00:00Z.",
});

/** What is wrong with a text that fits the schema, e.g. that a month has no such day. */
export function momentProblems(text: string): Problem[] {
  return Number.isNaN(momentOf(text))
    ? [{ path: "", message: `must be a time that exists: is ${text}` }]
    : [];
}

/** Milliseconds since 1970 began; `NaN` if there is no such time. */
export function momentOf(text: string): number {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(text)!;
  const isDay = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) ?? false;
  return isDay ? Date.parse(text) : NaN;
}
