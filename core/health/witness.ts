/**
 * The witness: what the switch counts at a sensor's ports while probes stay unanswered. A sensor that is flooded loses
 * probes, too. If it counted as dead, a flood would be a way round it.
 * @module
 */

/** Packets that the bridge has sent into the target, and that have come back from the return port. */
export interface Counters {
  readonly into: bigint;
  readonly back: bigint;
}

/** A sensor from which less comes back is dead. */
const LEAST_BACK = 2;
const LEAST_SHARE = 0.01;
/** A sensor that gets less is not flooded: what comes back is what its device sends by itself, e.g. LLDP. */
const LEAST_INTO = 10;

/** What a sensor did between two readings of its counters. */
export interface Testimony {
  readonly isAlive: boolean;
  readonly into: number;
  readonly back: number;
}

/** Judges a sensor by its counters. A port that is not there counts nothing. */
export function testify(before: Counters | undefined, after: Counters | undefined): Testimony {
  if (!before || !after) return { isAlive: false, into: 0, back: 0 };
  const [into, back] = [Number(after.into - before.into), Number(after.back - before.back)];
  const isAlive = into >= LEAST_INTO && back >= Math.max(LEAST_BACK, LEAST_SHARE * into);
  return { isAlive, into, back };
}
