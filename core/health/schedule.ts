/** When sensors are probed: each at a phase of its own, so that the probes of many are spread over time. @module */

/** Milliseconds after a probe until the next one, while it is in question whether the sensor is dead. */
export const CONFIRM = 20;
/** Milliseconds between two batches. The packets of a batch are sent together, with one guard. */
export const SLOT = 10;
/** The most probes of one batch. A reader that is away for a while loses what comes in larger numbers. */
export const BATCH = 64;
/** The fractional part of the golden ratio: its multiples are spread evenly, however many there are. */
const GOLDEN = 0.618_033_988_749_895;

/** The phase of the sensor with that number, as a part of its interval: 0 to 1. */
export const phaseOf = (number: number): number => (number * GOLDEN) % 1;

/** The first time after `time` that is at the phase of an interval. */
export function nextAtPhase(
  time: number,
  { interval, phase }: { readonly interval: number; readonly phase: number },
): number {
  const offset = phase * interval;
  return (Math.floor((time - offset) / interval) + 1) * interval + offset;
}
