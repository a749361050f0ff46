/** Pauses before what has failed is tried again: for each port a pause of its own, which grows. @module */
import { isDeepStrictEqual } from "node:util";
import type { Waiter } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Condition } from "../contracts/condition.ts";
import type { PortSpec } from "../contracts/mod.ts";

/** First and longest pause, in milliseconds. */
export const RETRY = { minimum: 1000, maximum: 60_000 } as const;

interface Failure {
  /** What failed. */
  readonly spec: PortSpec;
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

  /** A pause begins. It is longer than the one before, if the same was tried and has not been forgotten since. */
  fail(spec: PortSpec, condition: Condition): void {
    const backoff = this.#same(spec)?.backoff ?? new Backoff(RETRY);
    const until = this.#now() + backoff.next();
    this.#failures.set(spec.name, { spec, condition, backoff, until });
  }

  /** The failure of that port. If the port is to be another one now, it has not failed yet. */
  #same(spec: PortSpec): Failure | undefined {
    const failure = this.#failures.get(spec.name);
    return failure && isDeepStrictEqual(failure.spec, spec) ? failure : undefined;
  }

  forget(port: string): void {
    this.#failures.delete(port);
  }

  /** Why nothing is to be tried now with the port; nothing if its pause is over, or it has not failed. */
  hindrance(spec: PortSpec): Condition | undefined {
    const failure = this.#same(spec);
    return failure && failure.until > this.#now() ? failure.condition : undefined;
  }

  /** Names of the ports that have failed, and whether the pause of each is over. */
  *ports(): Iterable<readonly [port: string, isOver: boolean]> {
    for (const [port, { until }] of this.#failures) yield [port, until <= this.#now()];
  }
}
