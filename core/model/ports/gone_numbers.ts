/** OpenFlow port numbers that mean nothing now, or another port than before. @module */

export class GoneNumbers {
  #numbers = new Set<number>();

  add(ofport: number): void {
    this.#numbers.add(ofport);
  }

  /** Those that came since the last time. */
  take(): ReadonlySet<number> {
    const taken = this.#numbers;
    this.#numbers = new Set();
    return taken;
  }

  /** What was taken could not be dealt with: the next `take` gives it again. */
  giveBack(numbers: ReadonlySet<number>): void {
    for (const number of numbers) this.#numbers.add(number);
  }
}
