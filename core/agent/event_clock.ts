/** Measures how long changes of objects take until the switch has their flows. An event costs one comparison. @module */

export class EventClock {
  readonly #now: () => number;
  /** When the oldest change came that no round has taken in yet. */
  #waiting: number | undefined;
  /** When the oldest change came that the present round has taken in. */
  #taken: number | undefined;

  /** @param now A clock that never goes back, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A change has come. @param since When, by the same clock. */
  arrived(since: number): void {
    this.#waiting ??= since;
  }

  /** A round begins. It takes in all that has come, and what an earlier round could not finish. */
  roundBegins(): void {
    this.#taken ??= this.#waiting;
    this.#waiting = undefined;
  }

  /**
   * The round has ended.
   *
   * @param isDone Whether it has come to its end. If not, the next one tries the same again.
   * @param hasWritten Whether it has written flows.
   * @returns Milliseconds since the oldest change came that is in these flows; nothing if there is none.
   */
  roundEnded(isDone: boolean, hasWritten: boolean): number | undefined {
    if (!isDone) return undefined;
    const since = this.#taken;
    this.#taken = undefined;
    return since === undefined || !hasWritten ? undefined : this.#now() - since;
  }
}
