/** Parts of the agent that must run at a certain time, and the earliest of these times. @module */

/** A part that must run at a certain time, even if no event wakes the reconciler before. */
export interface Waiter {
  /** When it must run, in milliseconds of the reconciler's monotonic clock; `Infinity` if it waits for no time. */
  dueAt(): number;
}

/** The earliest time at which one of them must run; `Infinity` if none waits for a time. */
export function earliest(waiters: Iterable<Waiter>): number {
  return Math.min(Infinity, ...[...waiters].map((waiter) => waiter.dueAt()));
}
