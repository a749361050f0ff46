/** Watches sensors that are not probed, by the counters of their ports. It asks for nothing while there are none. @module */
import { Bell } from "../base/bell.ts";
import { delay } from "../base/timer.ts";
import type { SensorPair } from "../contracts/mod.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";
import { Silence } from "./silence.ts";
import type { Counters } from "./witness.ts";

/** Milliseconds between two readings. */
const READ_INTERVAL = 4000;
/** What the switch says if the device of a port does not count packets: all bits are set. */
const NOT_COUNTED = 2n ** 64n - 1n;

type CountingSwitch = Pick<OpenFlowClient, "portStats">;

export interface SilenceWatchOptions {
  /** The connection over which counters are read; nothing while there is none. */
  readonly client: () => CountingSwitch | undefined;
  /** Gets each change. @param evidence Why a sensor is silent; nothing if it is not any more. */
  readonly onChange: (id: string, evidence: string | undefined) => void;
  /** A clock that never goes back, in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

interface Watched {
  readonly pair: SensorPair;
  readonly silence: Silence;
}

export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #now: () => number;
  readonly #news = new Bell();
  #watched: ReadonlyMap<string, Watched> = new Map();

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Says which sensors there are. One whose ports have other numbers is a new one. */
  setPairs(pairs: readonly SensorPair[]): void {
    const before = this.#watched;
    this.#watched = new Map(pairs.map((pair) => [pair.id, this.#watch(pair)]));
    for (const [id, { silence }] of before) {
      const isForgotten = this.#watched.get(id)?.silence !== silence;
      if (isForgotten && silence.evidence) this.#options.onChange(id, undefined);
    }
    if (pairs.length > 0) this.#news.ring();
  }

  #watch(pair: SensorPair): Watched {
    const known = this.#watched.get(pair.id);
    const isSame = known?.pair.target === pair.target && known.pair.return === pair.return;
    return isSame ? known : { pair, silence: new Silence() };
  }

  /** Reads counters until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#watched.size === 0) {
        await this.#news.heard(signal);
        continue;
      }
      await Promise.all(this.#watched.values().map((watched) => this.#look(watched)));
      await delay(READ_INTERVAL, signal);
    }
  }

  async #look({ pair: { id, target, return: back }, silence }: Watched): Promise<void> {
    const before = silence.evidence;
    const client = this.#options.client();
    try {
      const counters = client && await countersOf(client, { target, back });
      if (client) silence.take(this.#now(), counters);
      else silence.interrupted();
    } catch {
      silence.interrupted(); // the connection has ended
    }
    const { evidence } = silence;
    if (this.#watched.get(id)?.silence !== silence) return; // it has been removed meanwhile
    if (evidence !== before) this.#options.onChange(id, evidence);
  }
}

/** The counter of the target is read first: what is counted there may have come back until the other one is read. */
async function countersOf(
  client: CountingSwitch,
  { target, back }: { readonly target: number; readonly back: number },
): Promise<Counters | undefined> {
  const [into, from] = await Promise.all([client.portStats(target), client.portStats(back)]);
  if (!into || !from || from.rxPackets === NOT_COUNTED) return undefined;
  return { into: into.txPackets, back: from.rxPackets };
}
