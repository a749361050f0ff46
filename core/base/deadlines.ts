/** Limits of time that almost never run out, and so must cost little. @module */
import { after, type Timer } from "./timer.ts";

interface Deadline {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  readonly act: () => void;
}

/**
 * Any number of limits of time, with one timer. It is left alone when a limit is not needed any more: most times it finds
 * nothing to do, some seconds later. To start and stop a timer for each limit takes twenty times as long.
 */
export class Deadlines implements Disposable {
  readonly #running = new Set<Deadline>();
  #timer: Timer | undefined;
  /** When the timer fires; `Infinity` if there is none. */
  #timerAt = Infinity;

  /**
   * Calls `act` after a time, unless what it returns is disposed of before.
   *
   * @param milliseconds Any number, as for `after`.
   */
  start(milliseconds: number, act: () => void): Disposable {
    const deadline: Deadline = { at: performance.now() + (milliseconds || 0), act };
    this.#running.add(deadline);
    this.#wakeAt(deadline.at);
    return { [Symbol.dispose]: () => void this.#running.delete(deadline) };
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt) return;
    this.#timer?.stop();
    this.#timerAt = at;
    this.#timer = after(at - performance.now(), () => this.#look());
  }

  #look(): void {
    this.#timerAt = Infinity;
    const now = performance.now();
    for (const deadline of this.#running) {
      if (deadline.at > now) this.#wakeAt(deadline.at);
      else if (this.#running.delete(deadline)) deadline.act();
    }
  }

  /** None of them acts any more. */
  [Symbol.dispose](): void {
    this.#running.clear();
    this.#timer?.stop();
    this.#timerAt = Infinity;
  }
}
