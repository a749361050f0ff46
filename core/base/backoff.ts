/** Pauses between attempts. @module */

/** Milliseconds. */
const FIRST = 10;
const LONGEST = 1000;

/**
 * How long to wait between attempts. Each pause is twice as long as the one before, up to a maximum. Up to half of it
 * is left to chance, so that many clients do not try at the same moment.
 */
export class Backoff {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #random: () => number;
  #pause: number;

  /** @param options The first and the longest pause, in milliseconds; random numbers from 0 to 1. */
  constructor(options: { minimum?: number; maximum?: number; random?: () => number } = {}) {
    this.#minimum = options.minimum ?? FIRST;
    this.#maximum = options.maximum ?? LONGEST;
    this.#random = options.random ?? Math.random;
    this.#pause = this.#minimum;
  }

  /** The pause before the next attempt, in milliseconds; the pause after that is twice as long. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#maximum);
    return pause / 2 + this.#random() * pause / 2;
  }

  /** Starts again with the first pause. To be called when an attempt has succeeded. */
  reset(): void {
    this.#pause = this.#minimum;
  }
}
