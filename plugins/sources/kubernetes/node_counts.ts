/**
 * What was done for TrafficControls, as the status of a node tells it. Packets must cause no writes: counts are written
 * along with what has changed, and else rarely. Decision 044.
 * @module
 */
import { type ControlCounts, LIMITS, type NodeReports } from "../../../core/api.ts";

/** Milliseconds between two writes that tell nothing but counts, at least. */
const SHORTEST_PAUSE = 10 * 60 * 1000;
/** Milliseconds for each node: all nodes together write counts alone twice in a second, by whatever many nodes. */
const TIME_PER_NODE = 500;

/** The part of a node's status with counts. */
export interface Counted {
  /** Texts, as `toTexts` makes them. */
  readonly counted?: readonly string[];
  /** When the switch told them: RFC 3339. */
  readonly countedAt?: string;
}

/** `mirror-web copied egress 12/1080 ingress 0/0`: packets and bytes by direction; a text for each thing that is done. */
export function toTexts(counts: ReadonlyMap<string, ControlCounts>): readonly string[] {
  const byName = [...counts].sort(([one], [other]) => one < other ? -1 : 1);
  return byName.flatMap(([name, done]) =>
    Object.entries(done).map(([what, byDirection]) => {
      const parts = Object.entries(byDirection)
        .map(([direction, { packets, bytes }]) => `${direction} ${packets}/${bytes}`);
      return [name, what, ...parts].join(" ");
    })
  );
}

const sizeOf = (text: string) => new TextEncoder().encode(text).length;

export interface NodeCountsOptions {
  readonly reports: Pick<NodeReports, "counted">;
  /** Of the cluster. */
  readonly pace: { readonly nodes: number };
  /** A clock that never goes back, in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

export class NodeCounts {
  readonly #options: NodeCountsOptions;
  readonly #now: () => number;
  #readAt: number;
  #told = "";

  constructor(options: NodeCountsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#readAt = this.#now();
  }

  /** Milliseconds until counts are to be read, although nothing else has changed; 0 or less if that is now. */
  get wait(): number {
    const pause = Math.max(SHORTEST_PAUSE, this.#options.pace.nodes * TIME_PER_NODE);
    return this.#readAt + pause - this.#now();
  }

  /**
   * Reads the counts.
   *
   * @param status The status without them. If both are too large, or nothing is known, no counts are told: a part of them
   *   would look as if the rest were 0.
   * @returns Whether they are others than those told last.
   */
  async read(status: string): Promise<Counted & { readonly isNews: boolean }> {
    const texts = toTexts(await this.#options.reports.counted?.() ?? new Map());
    this.#readAt = this.#now();
    const text = JSON.stringify(texts);
    if (texts.length === 0 || sizeOf(status) + sizeOf(text) > LIMITS.statusCounts) {
      return { isNews: false };
    }
    const isNews = text !== this.#told;
    return { isNews, counted: texts, countedAt: new Date().toISOString() };
  }

  /** Notes what has been written. */
  wrote({ counted = [] }: Counted): void {
    this.#told = JSON.stringify(counted);
  }
}
