/** Pauses between attempts. @module */

const FIRST = 10;
const LONGEST = 1000;

/** Doubles from 10 ms to 1 s unless set; a random part keeps many from trying at once. */
export class Backoff {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #pause: number;

  /** @param options Pauses in milliseconds. */
  constructor(options: { minimum?: number; maximum?: number; random?: () => number } = {}) {
    this.#minimum = options.minimum ?? FIRST;
    this.#maximum = options.maximum ?? LONGEST;
    this.#random = options.random ?? Math.random;
    this.#pause = this.#minimum;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#maximum);
    return pause / 2 + this.#random() * pause / 2;
  }

  /** An attempt went well. */
  reset(): void {
    this.#pause = this.#minimum;
  }
}

/** Resolves after so many milliseconds, or at once when `signal` aborts; leaves no timer. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
