/** Whether the time of a decoder grows no faster than its input. @module */
import process from "node:process";
import { delay } from "../../core/base/timer.ts";
import { wrongWith } from "./engine.ts";
import type { Target } from "./target.ts";

/**
 * Milliseconds that the smallest of the three inputs takes at least, so that a clock can tell them apart. Larger inputs
 * would not fit the caches of the processor, and then each part of them takes longer.
 */
const LONG_ENOUGH = 0.4;
/** The largest input of this unit of size. */
const LARGEST = 1 << 22;
const SMALLEST = 64;
/** Milliseconds. */
const FAR_TOO_LONG = 10_000;
/** Measurements of each size; the shortest counts, as what comes between only adds time. */
const REPEATS = 5;
/** Milliseconds after which one measurement is enough, as what comes between is little beside it. */
const SURE = 300;
/**
 * The input grows to 16 times its size: linear time grows 16 times, quadratic 256 times. Half-way between them is a margin
 * of 4 to both sides, as more memory is slower: caches are too small for it, and more of it has to be collected.
 */
const FACTORS = [1, 4, 16] as const;
const GROWTH = FACTORS[2];
const MOST = GROWTH ** 1.5;
/** Milliseconds after which code that is compiled beside the program is there. */
const COMPILED = 20;
/** Memory is collected now and then, so that a measurement can be wrong; not so often. */
const ATTEMPTS = 3;

/**
 * Milliseconds that this process has used a processor. The time on the wall would not do: on a machine where others
 * work, what takes a few milliseconds ends before the process has to give way, and what takes longer does not.
 */
function used(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timeOf(
  target: Target,
  make: (size: number) => unknown,
  size: number,
): Promise<number> {
  const input = make(size);
  let shortest = Infinity;
  for (let repeat = 0; repeat < REPEATS && (repeat === 0 || shortest < SURE); repeat++) {
    const begin = used();
    const wrong = await wrongWith(target, input as never);
    shortest = Math.min(shortest, used() - begin);
    if (wrong !== undefined) throw wrong;
  }
  return shortest;
}

/**
 * Whether an input is too small to be measured. A decoder that is being compiled seems slow for a moment, in all repeats:
 * only one that is slow twice is taken for slow, as a small input would hide how its time grows.
 */
async function isShort(
  target: Target,
  make: (size: number) => unknown,
  size: number,
): Promise<boolean> {
  if (await timeOf(target, make, size) < LONG_ENOUGH) return true;
  await delay(COMPILED);
  return await timeOf(target, make, size) < LONG_ENOUGH;
}

/** Times at N, 4N and 16N, in milliseconds of a processor. @throws {Error} If the last is more than 64 times the first. */
export async function assertGrowth(
  target: Target,
  what: string,
  make: (size: number) => unknown,
): Promise<readonly number[]> {
  let size = SMALLEST;
  while (size * GROWTH < LARGEST && await isShort(target, make, size)) size *= 2;
  let times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    times = [];
    for (const factor of FACTORS) times.push(await timeOf(target, make, factor * size));
    if (times.at(-1)! <= MOST * Math.max(times[0]!, LONG_ENOUGH)) return times;
    if (times.at(-1)! > FAR_TOO_LONG) break;
  }
  const shown = times.map((each) => each.toFixed(1)).join(", ");
  throw new Error(
    `Cannot decode ${what} for "${target.name}" in time: sizes ${
      FACTORS.map((factor) => factor * size).join(", ")
    } take ${shown} ms`,
  );
}
