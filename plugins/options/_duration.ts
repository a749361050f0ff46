/** Times as users write them in a TrafficControl: a part of what Go's `time.ParseDuration` and `duration()` of CEL read. @module */
import Type from "typebox";

/**
 * Minutes, seconds and milliseconds, in this order. RE2 and JavaScript read the pattern alike. With more digits, a time
 * could be too long for Go.
 */
const PATTERN = "^([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$";
/** The length of the longest text that fits the pattern. The API server computes the cost of a rule from it. */
const LONGEST = "999999m999999s999999ms".length;

/** Milliseconds of one minute and one second; what is left is milliseconds. */
const UNITS = [60_000, 1000, 1];

/** The schema of a time. @param description One sentence, which says how long it may be. */
export function durationSchema(description: string) {
  return Type.String({ minLength: 1, maxLength: LONGEST, pattern: PATTERN, description });
}

/**
 * The milliseconds of a time such as `200ms`, `1s` or `1m30s`.
 *
 * @throws {RangeError} If the text is no such time.
 */
export function milliseconds(text: string): number {
  const parts = new RegExp(PATTERN).exec(text);
  if (!parts || text === "") throw new RangeError(`Cannot read time "${text}": is no such text`);
  return UNITS.reduce((sum, unit, at) => sum + unit * Number.parseInt(parts[at + 1] ?? "0"), 0);
}
