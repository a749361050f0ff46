/** Pseudorandom numbers. @module */

/** A sequence of random choices. It is the same for the same seed. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1, by the algorithm mulberry32. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** Whether something with this probability happens. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the values. All have the same probability. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** One of the values. The probability of each is proportional to its weight. */
  weighted<T>(values: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(values.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of values) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new Error("Cannot pick by weight: there is nothing to pick from");
  }
}
