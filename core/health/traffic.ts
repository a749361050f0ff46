/**
 * Which TrafficControls have seen no packet for too long, by what the switch has counted for them. Pure: each reading says
 * when it was made.
 * @module
 */

interface Seen {
  /** Packets at the last reading. */
  packets: number;
  /** When that number was read for the first time: later packets were none. Milliseconds of a monotonic clock. */
  since: number;
}

export class Traffic {
  readonly #time: number;
  #seen = new Map<string, Seen>();
  #quiet: ReadonlySet<string> = new Set();

  /** @param time Milliseconds without a packet after which a TrafficControl is quiet. */
  constructor(time: number) {
    this.#time = time;
  }

  /** Names of those that have seen no packet for so long. */
  get quiet(): ReadonlySet<string> {
    return this.#quiet;
  }

  /**
   * Takes what has been counted until now. For one that was not among the last ones, the time begins now.
   *
   * @param names The TrafficControls of which something may be said.
   * @param packets By name. What is said of one stands if its number is not known.
   */
  take(now: number, names: Iterable<string>, packets: ReadonlyMap<string, number>): void {
    const seen = new Map<string, Seen>();
    for (const name of names) {
      const known = this.#seen.get(name);
      const count = packets.get(name) ?? known?.packets;
      if (count === undefined) continue;
      seen.set(name, known?.packets === count ? known : { packets: count, since: now });
    }
    this.#seen = seen;
    const quiet = [...seen].filter(([, { since }]) => now - since >= this.#time);
    this.#quiet = new Set(quiet.map(([name]) => name));
  }
}
