/** Plain data as JSON, also with the two types of values that flows have and JSON does not. @module */

const BIGINT = "\u0000bigint";
const BYTES = "\u0000bytes";

function toJSON(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return { [BIGINT]: `${value}` };
  if (value instanceof Uint8Array) return { [BYTES]: value.toHex() };
  return value;
}

function fromJSON(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (BIGINT in value) return BigInt(value[BIGINT] as string);
  if (BYTES in value) return Uint8Array.fromHex(value[BYTES] as string);
  return value;
}

/**
 * The value as text. Fields that are `undefined` are left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const flow = { cookie: 0x51cen, bytes: new Uint8Array([1, 2]), names: ["a"] };
 * assert.deepEqual(fromText(toText(flow)), flow);
 * ```
 */
export const toText = (value: unknown): string => JSON.stringify(value, toJSON) ?? "null";

export const fromText = (text: string): unknown => JSON.parse(text, fromJSON);
