/** Rates from counters: of each moment, and over the last minutes. Pure. @module */

/** Points that are kept: ten minutes, at one every two seconds. */
const MOST_POINTS = 300;
const SECOND = 1000;

/** What is counted, in packets. */
export const SERIES = ["copied", "redirected", "dropped"] as const;
export type Series = typeof SERIES[number];
export type Values = Readonly<Record<Series, number>>;

export const NO_RATES: Values = { copied: 0, redirected: 0, dropped: 0 };

/** Rates per second, by their times in seconds since 1970. */
export interface History {
  readonly times: number[];
  readonly rates: Readonly<Record<Series, number[]>>;
}

const newHistory = (): History => ({
  times: [],
  rates: { copied: [], redirected: [], dropped: [] },
});

interface Kept {
  values: Values;
  now: Values;
  readonly history: History;
}

/** The rates of each TrafficControl, and of all together. */
export class Rates {
  readonly #kept = new Map<string, Kept>();
  readonly #all = newHistory();
  /** When the counters were read the last time: milliseconds since 1970. */
  #at: number | undefined;

  /** Takes the counters of one moment. Those that are gone are forgotten. */
  take(at: number, counters: ReadonlyMap<string, Values>): void {
    const seconds = this.#at === undefined ? 0 : (at - this.#at) / SECOND;
    if (this.#at !== undefined && seconds <= 0) return;
    this.#at = at;
    for (const name of this.#kept.keys()) if (!counters.has(name)) this.#kept.delete(name);
    const sum = { copied: 0, redirected: 0, dropped: 0 };
    for (const [name, values] of counters) {
      const kept = this.#kept.get(name);
      const now = kept && seconds > 0 ? ratesOf(kept.values, values, seconds) : NO_RATES;
      for (const series of SERIES) sum[series] += now[series];
      if (!kept) this.#kept.set(name, { values, now, history: newHistory() });
      else {
        [kept.values, kept.now] = [values, now];
        add(kept.history, at / SECOND, now);
      }
    }
    if (seconds > 0) add(this.#all, at / SECOND, sum);
  }

  now(name: string): Values {
    return this.#kept.get(name)?.now ?? NO_RATES;
  }

  /** @param name Of a TrafficControl; absent: all of them together. */
  history(name?: string): History {
    return name === undefined ? this.#all : this.#kept.get(name)?.history ?? newHistory();
  }
}

/** A counter that went down began anew: then nothing is known of the time before. */
function ratesOf(before: Values, after: Values, seconds: number): Values {
  const rate = (series: Series) => Math.max(0, after[series] - before[series]) / seconds;
  return { copied: rate("copied"), redirected: rate("redirected"), dropped: rate("dropped") };
}

function add({ times, rates }: History, time: number, values: Values): void {
  times.push(time);
  for (const series of SERIES) rates[series].push(values[series]);
  if (times.length <= MOST_POINTS) return;
  times.shift();
  for (const series of SERIES) rates[series].shift();
}
