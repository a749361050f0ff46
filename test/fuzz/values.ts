/** Random values as JSON has them, and random changes of such values. @module */
import type { Random } from "../ownership/random.ts";

export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e308,
  -1e-308,
  255,
  256,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e21,
];
/** Texts that are special to something: JavaScript, YAML, CEL, paths, terminals, Unicode. */
export const TEXTS = [
  "",
  "0",
  "-1",
  "1e3",
  "null",
  "true",
  "~",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "a/b",
  "~1",
  "..",
  "[",
  '"',
  "\\",
  "\n",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\ud800",
  "\u{1f600}",
  "é",
  "10.0.0.1",
  "::1",
  "::ffff:1.2.3.4",
  "255.255.255.255",
  "02:00:00:00:00:01",
  "x".repeat(300),
];
const DEEPEST = 5;

export function randomJson(random: Random, depth = 0): Json {
  const scalar = () =>
    random.pick<Json>([null, true, false, random.pick(NUMBERS), random.pick(TEXTS)]);
  if (depth >= DEEPEST || random.chance(60)) return scalar();
  const count = random.below(4);
  if (random.chance(50)) return Array.from({ length: count }, () => randomJson(random, depth + 1));
  return record(
    Array.from({ length: count }, () => [random.pick(TEXTS), randomJson(random, depth + 1)]),
  );
}

/** An object with exactly these properties, also one named `__proto__`, as JSON.parse makes it. */
function record(entries: readonly (readonly [string, Json])[]): Json {
  const object: Record<string, Json> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** Changes one place of a value: replaces, removes, adds, renames or doubles it. */
export function changeJson(random: Random, value: Json): Json {
  if (Array.isArray(value) && value.length > 0 && random.chance(80)) {
    return changeItem(random, value);
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject && random.chance(85)) return changeProperty(random, Object.entries(value));
  if (typeof value === "string" && random.chance(50)) return changeText(random, value);
  if (typeof value === "number" && random.chance(50)) return value + random.pick([-1, 1, 0.5, 256]);
  return randomJson(random);
}

function changeItem(random: Random, items: readonly Json[]): Json {
  const at = random.below(items.length);
  const changed = random.weighted<() => readonly Json[]>([
    [8, () => [changeJson(random, items[at]!)]],
    [1, () => []],
    [1, () => [items[at]!, items[at]!]],
    [1, () => [randomJson(random), items[at]!]],
  ]);
  return items.toSpliced(at, 1, ...changed());
}

function changeProperty(random: Random, entries: readonly [string, Json][]): Json {
  if (entries.length === 0) return record([[random.pick(TEXTS), randomJson(random)]]);
  const at = random.below(entries.length);
  const [key, value] = entries[at]!;
  const changed = random.weighted<() => readonly (readonly [string, Json])[]>([
    [12, () => [[key, changeJson(random, value)]]],
    [2, () => []],
    [1, () => [[changeText(random, key), value]]],
    [1, () => [[key, value], [random.pick(TEXTS), randomJson(random)]]],
  ]);
  return record(entries.toSpliced(at, 1, ...changed() as [string, Json][]));
}

/** Changes a text: cuts, doubles, inserts or replaces a part of it. */
export function changeText(random: Random, text: string): string {
  const [at, end] = [random.below(text.length + 1), random.below(text.length + 1)].sort((a, b) =>
    a - b
  ) as [number, number];
  const [head, part, tail] = [text.slice(0, at), text.slice(at, end), text.slice(end)];
  return random.weighted<() => string>([
    [2, () => head + tail],
    [2, () => head + random.pick(TEXTS) + part + tail],
    [2, () => head + random.pick(TEXTS) + tail],
    [1, () => head + part + part + tail],
    [1, () => head],
    [2, () => head + String.fromCharCode(random.below(128)) + part + tail],
    [2, () => head + text.charAt(random.below(Math.max(1, text.length))) + part + tail],
  ])();
}

/** Puts another value in place of a random part of a value. */
export function putSomewhere(random: Random, value: Json, part: Json): Json {
  if (typeof value !== "object" || value === null || random.chance(20)) return part;
  const isList = Array.isArray(value);
  const entries = Object.entries(value) as [string, Json][];
  if (entries.length === 0) return part;
  const at = random.below(entries.length);
  const [key, old] = entries[at]!;
  const changed = entries.with(at, [key, putSomewhere(random, old, part)]);
  return isList ? changed.map(([, each]) => each) : record(changed);
}
