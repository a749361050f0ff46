/** Splitting of ovs-ofctl's text. @module */

const OPENING = "([";
const CLOSING = ")]";

/** Splits at separators that are in no parentheses; empty parts stay. */
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
  if (depth !== 0) throw new TypeError(`Cannot read "${text}": its parentheses do not match`);
  return [...parts, text.slice(start)].map((part) => part.trim());
}

/** The parts between commas that are not empty. */
export function splitList(text: string): string[] {
  return splitOutside(text, (char) => char === ",").filter((part) => part !== "");
}

/** The parts between commas or spaces. */
export function splitWords(text: string): string[] {
  return splitOutside(text, (char) => char === "," || char === " ").filter((part) => part !== "");
}

/** `key=value`, or a key alone. */
export function splitPair(text: string): readonly [key: string, value: string | undefined] {
  const [key, ...rest] = splitOutside(text, (char) => char === "=");
  return [key!, rest.length === 0 ? undefined : rest.join("=")];
}

/**
 * A number, decimal or with `0x`.
 *
 * @throws {TypeError} If it is none, or beyond `limit`.
 */
export function parseNumber(text: string, limit = 0xffff_ffff): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (value <= limit) return value;
  throw new TypeError(`Cannot use number "${text}": not in 0..${limit}`);
}

/** A number of up to 64 bits. @throws {TypeError} If it is none. */
export function parseBig(text: string): bigint {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) return BigInt(text);
  throw new TypeError(`Cannot use number "${text}": not a number`);
}

/** Hexadecimal with `0x`, but zero. */
export function hex(value: bigint | number): string {
  return Number(value) === 0 ? "0" : `0x${value.toString(16)}`;
}

/** `01.02.0a`. */
export function formatBytes(bytes: Uint8Array): string {
  return bytes.toHex().replace(/..(?=.)/g, "$&.");
}

/** @throws {TypeError} If it is not bytes in hexadecimal, with or without dots. */
export function parseBytes(text: string): Uint8Array {
  const digits = text.replaceAll(".", "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new TypeError(`Cannot use bytes "${text}": not hexadecimal`);
  }
  return Uint8Array.fromHex(digits);
}
