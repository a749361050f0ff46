/** Pauses between attempts: doubling, with jitter, and ended early by a signal. @module */

/** First and longest pause, in milliseconds. */
const DEFAULTS = { minimum: 10, maximum: 1000 } as const;
/** The part of a pause that is left to chance, so that many agents do not return together. */
const JITTER = 0.5;

/** Settings of {@linkcode Backoff}. */
export interface BackoffOptions {
  /** First pause, in milliseconds. @default {10} */
  readonly minimum?: number;
  /** Longest pause, in milliseconds. @default {1000} */
  readonly maximum?: number;
  /** A number from 0 up to 1, without 1; 0 gives the longest pause. @default {Math.random} */
  readonly random?: () => number;
}

/** The pauses of one series of attempts. */
export class Backoff {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #pause: number;

  /** @param options Bounds of the pauses. */
  constructor(options: BackoffOptions = {}) {
    this.#minimum = options.minimum ?? DEFAULTS.minimum;
    this.#maximum = options.maximum ?? DEFAULTS.maximum;
    this.#random = options.random ?? Math.random;
    this.#pause = this.#minimum;
  }

  /** The next pause in milliseconds: twice the one before up to the maximum, less the jitter. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, this.#maximum);
    return Math.max(this.#minimum, pause * (1 - JITTER * this.#random()));
  }

  /** An attempt succeeded: the next pause is the first one again. */
  reset(): void {
    this.#pause = this.#minimum;
  }
}

/**
 * Waits `milliseconds`, or less when `signal` aborts; leaves neither timer nor listener behind.
 *
 * @returns A promise that never rejects.
 */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
