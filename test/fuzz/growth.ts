/** Whether the time of a decoder grows no faster than its input. @module */
import process from "node:process";
import { wrongWith } from "./engine.ts";
import type { Target } from "./target.ts";

/** Milliseconds that the smallest of the three inputs takes at least, so that a clock can tell them apart. */
const LONG_ENOUGH = 15;
/** The largest input of this unit of size. */
const LARGEST = 1 << 22;
const SMALLEST = 64;
/** Milliseconds. */
const FAR_TOO_LONG = 10_000;
/** Measurements of each size; the shortest counts, as what comes between only adds time. */
const REPEATS = 3;
/** The input grows to four times its size: linear time grows 4 times, quadratic 16 times. Between them is a margin of 2. */
const GROWTH = 4;
const MOST = 8;
/** Memory is collected now and then, so that a measurement can be wrong; not so often. */
const ATTEMPTS = 4;

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
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const begin = used();
    const wrong = await wrongWith(target, input as never);
    shortest = Math.min(shortest, used() - begin);
    if (wrong !== undefined) throw wrong;
  }
  return shortest;
}

/** Times at N, 2N and 4N, in milliseconds of a processor. @throws {Error} If the last is more than 8 times the first. */
export async function assertGrowth(
  target: Target,
  what: string,
  make: (size: number) => unknown,
): Promise<readonly number[]> {
  let size = SMALLEST;
  let times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS;) {
    times = [];
    for (const factor of [1, 2, GROWTH]) times.push(await timeOf(target, make, factor * size));
    if (times[0]! < LONG_ENOUGH && size * GROWTH < LARGEST) size *= 2;
    else if (times.at(-1)! <= MOST * Math.max(times[0]!, LONG_ENOUGH)) return times;
    else attempt++;
    if (times.at(-1)! > FAR_TOO_LONG) break;
  }
  const shown = times.map((each) => each.toFixed(1)).join(", ");
  throw new Error(
    `Cannot decode ${what} for "${target.name}" in time: sizes ${size}, ${2 * size} and ${
      GROWTH * size
    } take ${shown} ms`,
  );
}
