/** Random changes of inputs. @module */
import type { Random } from "../ownership/random.ts";
import type { Input, Target } from "./target.ts";
import { changeJson, changeText, type Json, randomJson, TEXTS } from "./values.ts";

/** Numbers at which lengths and counters break. */
const BYTES = [0, 1, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff];
/** Most changes of one input. */
const CHANGES = 6;
/** Percent of inputs that are made from nothing, and that are noise. */
const [MADE, NOISE] = [20, 4];
const LONGEST_NOISE = 200;

/** The next input for a target: usually one of its samples, changed at some places. */
export function nextInput(target: Target, random: Random): Input {
  if (random.chance(NOISE)) return noise(random, target);
  if (target.make && random.chance(MADE)) return target.make(random);
  let input: Input = target.make && random.chance(MADE)
    ? target.make(random)
    : random.pick(target.samples);
  for (let left = random.below(CHANGES + 1); left > 0; left--) {
    input = change(random, input, target);
  }
  return input;
}

/** A target of JSON may have samples that are texts, but not only. */
const isText = ({ samples }: Target) => samples.every((each) => typeof each === "string");

function noise(random: Random, target: Target): Input {
  const length = random.below(LONGEST_NOISE);
  if (target.samples[0] instanceof Uint8Array) {
    return Uint8Array.from({ length }, () => random.below(256));
  }
  if (!isText(target)) return randomJson(random);
  return Array.from(
    { length },
    () => random.chance(10) ? random.pick(TEXTS) : String.fromCharCode(random.below(256)),
  ).join("");
}

function change(random: Random, input: Input, target: Target): Input {
  const { samples } = target;
  if (input instanceof Uint8Array) {
    return changeBytes(random, input, random.pick(samples) as Uint8Array);
  }
  if (typeof input !== "string" || !isText(target)) return changeJson(random, input as Json);
  const other = random.pick(samples) as string;
  return random.chance(10)
    ? input.slice(0, random.below(input.length + 1)) + other.slice(random.below(other.length + 1))
    : changeText(random, input);
}

function changeBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(24, bytes.length - at) + 1);
  const [head, part, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  const one = () => Uint8Array.of(random.chance(50) ? random.pick(BYTES) : random.below(256));
  const flipped = () => Uint8Array.of((bytes[at] ?? 0) ^ 1 << random.below(8));
  return random.weighted<() => Uint8Array>([
    [6, () => joined(head, one(), bytes.subarray(at + 1))],
    [4, () => joined(head, flipped(), bytes.subarray(at + 1))],
    [2, () => joined(head, tail)],
    [2, () => joined(head, part, part, tail)],
    [1, () => head.slice()],
    [1, () => joined(head, one(), part, tail)],
    [1, () => joined(head, other.subarray(random.below(other.length + 1)))],
  ])();
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
