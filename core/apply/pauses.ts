/** Pauses before what has failed is tried again: for each port a pause of its own, which grows. @module */
import type { Waiter } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Condition } from "../contracts/condition.ts";

/** First and longest pause, in milliseconds. */
export const RETRY = { minimum: 1000, maximum: 60_000 } as const;

interface Failure {
  readonly condition: Condition;
  readonly backoff: Backoff;
  /** When it is tried again, in milliseconds. */
  readonly until: number;
}

export class Pauses implements Waiter {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failure>();

  /** @param now Milliseconds, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** When the first pause is over. Those that are over do not count: they are looked at when a round begins. */
  dueAt(): number {
    const ends = [...this.#failures.values()].map(({ until }) => until);
    return Math.min(Infinity, ...ends.filter((until) => until > this.#now()));
  }

  /** A pause begins. It is longer than the one before, if the port has not been forgotten since. */
  fail(port: string, condition: Condition): void {
    const backoff = this.#failures.get(port)?.backoff ?? new Backoff(RETRY);
    this.#failures.set(port, { condition, backoff, until: this.#now() + backoff.next() });
  }

  forget(port: string): void {
    this.#failures.delete(port);
  }

  /** Why nothing is to be tried now with the port; nothing if its pause is over, or it has not failed. */
  hindrance(port: string): Condition | undefined {
    const failure = this.#failures.get(port);
    return failure && failure.until > this.#now() ? failure.condition : undefined;
  }

  /** Names of the ports that have failed. */
  ports(): string[] {
    return [...this.#failures.keys()];
  }
}
