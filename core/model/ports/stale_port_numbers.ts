/** OpenFlow port numbers that no port has any more, or that another port has now. @module */

export class StalePortNumbers {
  #numbers = new Set<number>();

  add(ofport: number): void {
    this.#numbers.add(ofport);
  }

  /** The numbers that were added since the last call. */
  take(): ReadonlySet<number> {
    const taken = this.#numbers;
    this.#numbers = new Set();
    return taken;
  }

  /** Puts numbers back that could not be dealt with: the next `take` returns them again. */
  giveBack(numbers: ReadonlySet<number>): void {
    for (const number of numbers) this.#numbers.add(number);
  }
}
