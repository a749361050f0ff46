/**
 * Text that somebody else wrote (annotations, names, messages of servers, output of plugins), made safe to show in a
 * log line, a condition or a terminal.
 * @module
 */
import { LIMITS } from "./limits.ts";

/**
 * Characters that a terminal or a reader would not show as themselves: controls (C0, DEL, C1), line and paragraph
 * separators, characters of no width, and those that change the direction of writing (Unicode general category Cc, Cf,
 * Zl, Zp), and halves of surrogate pairs (Cs).
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escaped = (character: string) =>
  `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;

/** JSON text that means the same, with every invisible character in its strings escaped. Line ends between values stay. */
export function harmlessJson(json: string): string {
  const units = (text: string) => Array.from({ length: text.length }, (_, at) => text[at]!);
  return json.replace(
    INVISIBLE,
    (found) => found === "\n" ? found : units(found).map(escaped).join(""),
  );
}

/** The same value, with every string in it harmless and uncut. Keys stay as they are. */
export function harmlessValues<T>(value: T): T {
  if (typeof value === "string") return harmless(value, Infinity) as T;
  if (Array.isArray(value)) return value.map(harmlessValues) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, harmlessValues(inner)]),
  ) as T;
}

/**
 * The text without quotes: cut, and every invisible character written as `\u001b`.
 *
 * @param most Characters (UTF-16 code units) that are shown.
 */
export function harmless(text: string, most: number = LIMITS.foreignText): string {
  const shown = text.slice(0, most).replace(INVISIBLE, escaped);
  return text.length <= most ? shown : `${shown}... (${text.length} characters)`;
}

/**
 * The text in quotes: cut, with quotes and backslashes escaped, and every invisible character written as `\u001b`.
 *
 * @param most Characters (UTF-16 code units) that are shown.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(foreign('eth0"\n'), String.raw`"eth0\"\u000a"`);
 * assert.equal(foreign("x".repeat(300), 3), '"xxx"... (300 characters)');
 * ```
 */
export function foreign(text: string, most: number = LIMITS.foreignText): string {
  const shown = text.slice(0, most).replace(/["\\]/g, "\\$&").replace(INVISIBLE, escaped);
  return text.length <= most ? `"${shown}"` : `"${shown}"... (${text.length} characters)`;
}
