/** Makes a failing input smaller. @module */
import type { Input } from "./target.ts";
import type { Json } from "./values.ts";

/** Attempts, after which the smallest input so far is good enough. */
const ATTEMPTS = 2000;

/** @param fails Whether an input still fails. @returns An input that fails and of which no part can be left out. */
export async function minimal(
  input: Input,
  fails: (input: Input) => Promise<boolean>,
): Promise<Input> {
  let smallest = input;
  let left = ATTEMPTS;
  for (let again = true; again && left > 0;) {
    again = false;
    for (const candidate of smaller(smallest)) {
      if (left-- <= 0) break;
      if (!await fails(candidate)) continue;
      smallest = candidate;
      again = true;
      break;
    }
  }
  return smallest;
}

/** Inputs with one part left out, the largest parts first. */
function* smaller(input: Input): Generator<Input> {
  if (input instanceof Uint8Array) {
    for (const [from, to] of parts(input.length)) {
      yield Uint8Array.of(...input.subarray(0, from), ...input.subarray(to));
    }
  } else if (typeof input === "string") {
    for (const [from, to] of parts(input.length)) yield input.slice(0, from) + input.slice(to);
  } else yield* smallerJson(input as Json);
}

function* parts(length: number): Generator<readonly [number, number]> {
  for (let size = length; size >= 1; size = size >> 1) {
    for (let from = 0; from < length; from += size) yield [from, Math.min(length, from + size)];
  }
}

function* smallerJson(value: Json): Generator<Json> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) yield value.toSpliced(at, 1);
    for (const [at, item] of value.entries()) {
      for (const each of smallerJson(item)) yield value.toSpliced(at, 1, each);
    }
    return;
  }
  const entries = Object.entries(value);
  for (let at = 0; at < entries.length; at++) yield Object.fromEntries(entries.toSpliced(at, 1));
  for (const [at, [key, item]] of entries.entries()) {
    for (const each of smallerJson(item)) {
      yield Object.fromEntries(entries.toSpliced(at, 1, [key, each]));
    }
  }
}
