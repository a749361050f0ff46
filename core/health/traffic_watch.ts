/** Watches whether TrafficControls see packets at all. It asks for nothing while there are none. @module */
import { Bell } from "../base/bell.ts";
import { delay } from "../base/timer.ts";
import { Traffic } from "./traffic.ts";

/** Milliseconds between two readings. A reading has a row for each TrafficControl and direction, so it costs CPU time. */
const SHORTEST_INTERVAL = 10_000;
const LONGEST_INTERVAL = 60_000;
/** So many readings are made in the time after which a TrafficControl is quiet. */
const READINGS = 10;

export interface TrafficWatchOptions {
  /** Milliseconds without a packet after which a TrafficControl is quiet; 0: nothing is watched. */
  readonly time: number;
  /** Names of the TrafficControls of which something may be said now. */
  readonly names: () => readonly string[];
  /** Reads how many packets each of them has seen, by name. */
  readonly read: () => Promise<ReadonlyMap<string, number>>;
  /** Gets the names of those that are quiet, whenever they are others than before. */
  readonly onChange: (quiet: ReadonlySet<string>) => void;
  /** A clock that never goes back, in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

export class TrafficWatch {
  readonly #options: TrafficWatchOptions;
  readonly #now: () => number;
  readonly #news = new Bell();
  readonly #traffic: Traffic;

  constructor(options: TrafficWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#traffic = new Traffic(options.time);
  }

  /** Says that there may be TrafficControls now. */
  wake(): void {
    this.#news.ring();
  }

  /** Takes what somebody else has read: whoever sees that packets were counted must not be told that there are none. */
  take(packets: ReadonlyMap<string, number>): void {
    if (this.#options.time > 0) this.#take(this.#options.names(), packets);
  }

  /** Reads counters until the signal aborts. It never rejects, as `read` does not. */
  async run(signal: AbortSignal): Promise<void> {
    const { time } = this.#options;
    if (time === 0) return;
    const interval = Math.min(Math.max(time / READINGS, SHORTEST_INTERVAL), LONGEST_INTERVAL);
    while (!signal.aborted) {
      const names = this.#options.names();
      this.#take(names, names.length > 0 ? await this.#options.read() : new Map());
      if (names.length > 0) await delay(interval, signal);
      else await this.#news.heard(signal);
    }
  }

  #take(names: readonly string[], packets: ReadonlyMap<string, number>): void {
    const before = this.#traffic.quiet;
    this.#traffic.take(this.#now(), names, packets);
    const { quiet } = this.#traffic;
    if (before.symmetricDifference(quiet).size > 0) this.#options.onChange(quiet);
  }
}
