/** Which Pods have a thing that several say is theirs: a port, a MAC or an IP address. @module */
import type { PodKey } from "../../objects/types.ts";

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

/** How much it weighs that a Pod says that a thing is its own. The lowest rank wins, then the oldest claim. */
export interface Claim {
  readonly rank: Rank;
  /** A text that sorts claims by age. No two Pods have the same one. */
  readonly age: string;
  /** Other claims of the same rank that can be shared have the thing, too. */
  readonly canBeShared: boolean;
}

/** The things that a Pod says are its own. */
export type Statement = ReadonlyMap<string, Claim>;

export class Claims {
  readonly #byThing = new Map<string, Map<PodKey, Claim>>();
  readonly #statements = new Map<PodKey, Statement>();

  /**
   * From now on this is what the Pod says; nothing if it is gone.
   *
   * @returns All Pods that say something of the things about which the Pod now says something else.
   */
  set(pod: PodKey, statement: Statement): ReadonlySet<PodKey> {
    const before: Statement = this.#statements.get(pod) ?? new Map();
    const things = [...new Set([...before.keys(), ...statement.keys()])];
    const changed = things.filter((thing) => !isSame(before.get(thing), statement.get(thing)));
    for (const thing of changed) this.#put(thing, pod, statement.get(thing));
    if (statement.size > 0) this.#statements.set(pod, statement);
    else this.#statements.delete(pod);
    return new Set(changed.flatMap((thing) => [...this.#byThing.get(thing)?.keys() ?? []]));
  }

  #put(thing: string, pod: PodKey, claim: Claim | undefined): void {
    const claimants = this.#byThing.get(thing) ?? new Map<PodKey, Claim>();
    if (claim === undefined) claimants.delete(pod);
    else claimants.set(pod, claim);
    if (claimants.size > 0) this.#byThing.set(thing, claimants);
    else this.#byThing.delete(thing);
  }

  /** The Pods that have the thing: several only if nothing decides between them. */
  holders(thing: string): ReadonlySet<PodKey> {
    const claimants = this.#byThing.get(thing);
    if (!claimants) return new Set();
    if (claimants.size === 1) return new Set(claimants.keys());
    const [holder, best] = [...claimants].reduce((one, other) =>
      comesBefore(other[1], one[1]) ? other : one
    );
    if (!best.canBeShared) return new Set([holder]);
    const sharing = [...claimants].filter(([, { rank, canBeShared }]) =>
      canBeShared && rank === best.rank
    );
    return new Set(sharing.map(([pod]) => pod));
  }
}

function comesBefore(one: Claim, other: Claim): boolean {
  return one.rank === other.rank ? one.age < other.age : one.rank < other.rank;
}

function isSame(one: Claim | undefined, other: Claim | undefined): boolean {
  return one?.rank === other?.rank && one?.age === other?.age &&
    one?.canBeShared === other?.canBeShared;
}
