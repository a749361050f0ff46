/**
 * Whether a sensor that is not probed returns anything. Only its counters can tell: what went into it, and what came back.
 * Pure: each reading says when it was made.
 * @module
 */
import type { Counters } from "./witness.ts";

/** Milliseconds for which nothing must come back. */
const WINDOW = 10_000;
/** A sensor may drop what it gets, e.g. an IPS what it blocks. If fewer packets went into it, nothing is said of it. */
const LEAST_INTO = 10n;
/** If less comes back from a silent sensor, it may be what its device sends by itself, e.g. LLDP. */
const LEAST_BACK = 2n;

interface Reading {
  readonly at: number;
  readonly counters: Counters;
}

export class Silence {
  /** The reading with which the window begins, and the last one. */
  #first: Reading | undefined;
  #last: Reading | undefined;
  #evidence: string | undefined;

  /** In words, without a full stop; nothing if the sensor is not silent, as far as is known. */
  get evidence(): string | undefined {
    return this.#evidence;
  }

  /** Takes what the switch has counted until now. @param counters Nothing if a port of the pair is not there. */
  take(now: number, counters: Counters | undefined): void {
    const reading = counters && { at: now, counters };
    if (!reading || this.#isRemade(reading)) return this.#begin(reading);
    const first = this.#first ??= reading;
    const [into, back] = between(first, reading);
    const lives = this.#evidence === undefined
      ? back > 0
      : back >= LEAST_BACK || (into > 0 && back >= into);
    if (lives) return this.#begin(reading);
    if (now - first.at >= WINDOW) this.#endWindow(first, reading);
    this.#last = reading;
  }

  /** The counters could not be read. What was said of the sensor stands, and a window begins with the next reading. */
  interrupted(): void {
    this.#first = this.#last = undefined;
  }

  /** The counters of a port that was made again begin with 0. */
  #isRemade({ counters: { into, back } }: Reading): boolean {
    const last = this.#last?.counters;
    return last !== undefined && (into < last.into || back < last.back);
  }

  #begin(reading: Reading | undefined): void {
    this.#evidence = undefined;
    this.#first = this.#last = reading;
  }

  /** Only packets of which the last reading knew must have come back: the others may be inside the sensor still. */
  #endWindow(first: Reading, reading: Reading): void {
    const last = this.#last!;
    if (between(first, last)[0] >= LEAST_INTO) {
      const seconds = Math.floor((reading.at - first.at) / 1000);
      const into = between(first, reading)[0];
      this.#evidence ??= `${into} packets went into it in ${seconds} s, and none came back`;
    }
    this.#first = last; // windows overlap, so that each packet is one of which the last reading knew
  }
}

/** Packets that went into the sensor between two readings, and that came back. */
const between = ({ counters: before }: Reading, { counters: after }: Reading) =>
  [after.into - before.into, after.back - before.back] as const;
