/** Who waits for a time, and when the first of them is due. @module */

/** Something that must be called again at a time, also when nothing happens until then. */
export interface Waiter {
  /** Milliseconds of the reconciler's monotonic clock; `Infinity` while it waits for nothing. */
  dueAt(): number;
}

/** When the first of them is due; `Infinity` if none waits. */
export function earliest(waiters: Iterable<Waiter>): number {
  return Math.min(Infinity, ...[...waiters].map((waiter) => waiter.dueAt()));
}
