/** Timers that are safe for any number. Product code starts no timer in another way: `scripts/lint.ts` refuses it. @module */

import { setImmediate } from "node:timers";

/**
 * The longest time that a timer of JavaScript can wait, in milliseconds. For a longer, negative or absent number it
 * warns and fires at once: HTML standard, "Timers", where the time is a 32-bit signed integer.
 */
const LONGEST = 2 ** 31 - 1;

/** A timer that has been started. Disposing of it stops it. */
export interface Timer extends Disposable {
  /** Stops it, if it has not fired yet. */
  stop(): void;
}

/**
 * Calls `act` once, after a time.
 *
 * @param milliseconds Any number: 0, a negative number and NaN mean as soon as possible, `Infinity` means never.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * using _never = after(Infinity, () => assert.fail());
 * await new Promise<void>((resolve) => after(-1, resolve));
 * ```
 */
export function after(milliseconds: number, act: () => void): Timer {
  let left = milliseconds > 0 ? milliseconds : 0; // NaN is not above 0 either
  let id: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    const part = Math.min(left, LONGEST);
    left -= part;
    id = setTimeout(left > 0 ? wait : act, part);
  };
  const stop = () => clearTimeout(id);
  if (left < Infinity) wait();
  return { stop, [Symbol.dispose]: stop };
}

/** A signal that aborts after a time. @param milliseconds Any number, as for `after`. */
export function timeLimit(milliseconds: number): AbortSignal {
  if (milliseconds > LONGEST) return new AbortController().signal; // 24 days: no caller waits for so long
  return AbortSignal.timeout(milliseconds > 0 ? milliseconds : 0);
}

/**
 * Resolves after that time in milliseconds, or at once when `signal` aborts. It never rejects and leaves no timer.
 *
 * @param milliseconds Any number, as for `after`.
 */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.stop();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = after(milliseconds, done);
    signal?.addEventListener("abort", done);
  });
}

/** Resolves when everything has run that could run already. A timer of no time takes a millisecond more. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
