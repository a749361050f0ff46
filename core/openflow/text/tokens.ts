/** The parts that the texts of ovs-ofctl have in common: lists, pairs, numbers, bytes. @module */

const OPENING = "([";
const CLOSING = ")]";

/**
 * Splits a text at separators that are not inside parentheses or brackets. Empty parts are kept.
 *
 * @throws {TypeError} If a parenthesis or a bracket has no partner.
 */
export function splitOutside(text: string, isSeparator: (char: string) => boolean): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (OPENING.includes(char)) depth++;
    else if (CLOSING.includes(char)) depth--;
    else if (depth === 0 && isSeparator(char)) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (depth !== 0) {
    throw new TypeError(`Cannot read "${text}": a parenthesis or a bracket has no partner`);
  }
  return [...parts, text.slice(start)].map((part) => part.trim());
}

/** The parts of a list with commas. Empty parts are left out. */
export function splitList(text: string): string[] {
  return splitOutside(text, (char) => char === ",").filter((part) => part !== "");
}

/** The parts of a list with commas or spaces. Empty parts are left out. */
export function splitWords(text: string): string[] {
  return splitOutside(text, (char) => char === "," || char === " ").filter((part) => part !== "");
}

/** The key and the value of `key=value`; a key alone has no value. */
export function splitPair(text: string): readonly [key: string, value: string | undefined] {
  const [key, ...rest] = splitOutside(text, (char) => char === "=");
  return [key!, rest.length === 0 ? undefined : rest.join("=")];
}

/**
 * A number from text, decimal or hexadecimal with `0x`.
 *
 * @throws {TypeError} If the text is no number, or the number is larger than `limit`.
 */
export function parseNumber(text: string, limit = 0xffff_ffff): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (value <= limit) return value;
  throw new TypeError(`Cannot use number "${text}": not in 0..${limit}`);
}

/**
 * A number of any size from text, as {@linkcode parseNumber} takes it.
 *
 * @throws {TypeError} If the text is no number.
 */
export function parseBig(text: string): bigint {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) return BigInt(text);
  throw new TypeError(`Cannot use number "${text}": not a number`);
}

/** A number as ovs-ofctl prints it: hexadecimal with `0x`; zero is `0`. */
export function hex(value: bigint | number): string {
  return Number(value) === 0 ? "0" : `0x${value.toString(16)}`;
}

/** Bytes as `01.02.0a`. */
export function formatBytes(bytes: Uint8Array): string {
  return bytes.toHex().replace(/..(?=.)/g, "$&.");
}

/** Bytes from text such as `01.02.0a` or `01020a`. @throws {TypeError} If the text is something else. */
export function parseBytes(text: string): Uint8Array {
  const digits = text.replaceAll(".", "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new TypeError(`Cannot use bytes "${text}": not hexadecimal`);
  }
  return Uint8Array.fromHex(digits);
}
