/** Which Pods have a thing that several say is theirs: a port, a MAC or an IP address. @module */
import type { PodKey } from "../../objects/types.ts";

/** What a Pod says is its own: for each thing, how much that weighs. The lowest rank wins. */
export type Statement = ReadonlyMap<string, Rank>;

/** What a statement about a port or an address relies on. */
export const RANK = {
  /** What the CNI wrote. */
  cni: 0,
  /** An annotation of a Pod that is at the port where its CNI attached it. */
  annotationAtOwnPort: 1,
  /** An annotation alone. */
  annotation: 2,
} as const;
export type Rank = typeof RANK[keyof typeof RANK];

export interface ClaimsOptions {
  /** A text that sorts Pods by age. */
  readonly age: (pod: PodKey) => string;
  /** Whether only the oldest of the Pods with this rank has the thing. If not, all of them share it. */
  readonly isSole: (rank: Rank) => boolean;
}

export class Claims {
  readonly #options: ClaimsOptions;
  readonly #byThing = new Map<string, Map<PodKey, Rank>>();
  readonly #statements = new Map<PodKey, Statement>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * From now on this is what the Pod says; nothing if it is gone.
   *
   * @returns All Pods that say something of the things about which the Pod now says something else.
   */
  set(pod: PodKey, statement: Statement): ReadonlySet<PodKey> {
    const before: Statement = this.#statements.get(pod) ?? new Map();
    const things = [...new Set([...before.keys(), ...statement.keys()])];
    const changed = things.filter((thing) => before.get(thing) !== statement.get(thing));
    for (const thing of changed) this.#put(thing, pod, statement.get(thing));
    if (statement.size > 0) this.#statements.set(pod, statement);
    else this.#statements.delete(pod);
    return new Set(changed.flatMap((thing) => [...this.#byThing.get(thing)?.keys() ?? []]));
  }

  #put(thing: string, pod: PodKey, rank: Rank | undefined): void {
    const claimants = this.#byThing.get(thing) ?? new Map<PodKey, Rank>();
    if (rank === undefined) claimants.delete(pod);
    else claimants.set(pod, rank);
    if (claimants.size > 0) this.#byThing.set(thing, claimants);
    else this.#byThing.delete(thing);
  }

  /** The Pods that have the thing: several only if nothing decides between them. */
  holders(thing: string): ReadonlySet<PodKey> {
    const claimants = this.#byThing.get(thing);
    if (!claimants) return new Set();
    if (claimants.size === 1) return new Set(claimants.keys());
    const best = Math.min(...claimants.values()) as Rank;
    const first = [...claimants].filter(([, rank]) => rank === best).map(([pod]) => pod);
    if (!this.#options.isSole(best)) return new Set(first);
    const { age } = this.#options;
    return new Set([first.reduce((oldest, pod) => age(pod) < age(oldest) ? pod : oldest)]);
  }
}
