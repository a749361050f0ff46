/**
 * Hops that have just left a chain. Packets of a Pod that are inside such a hop come back, and must go on with the hops that
 * were behind it, or they would miss sensors that stay.
 * @module
 */
import type { Hop } from "../../contracts/mod.ts";
import { isChained } from "../pods/chains.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";

interface Left {
  readonly hop: Hop<string>;
  /** Milliseconds of a monotonic clock. */
  readonly until: number;
}

const keyOf = ({ pairs }: Hop<string>) => JSON.stringify(pairs);

export class LeftHops {
  /** By the part of the treatment that packets have now, and by the pairs of the hop. */
  #left = new Map<string, Map<string, Left>>();

  /**
   * A Pod has another treatment now. Both are given with the keys of their parts: first the earlier one, then the new one.
   *
   * @param until Milliseconds of a monotonic clock: until then packets may come back.
   * @returns Whether the rows of the new treatment must be written again.
   */
  change(
    [partBefore, before]: readonly [part: string, CombinedTreatment],
    [part, after]: readonly [part: string, CombinedTreatment],
    until: number,
  ): boolean {
    if (![before, after].every(({ hops }) => hops.some(isChained))) return false;
    const staying = new Set(after.hops.map(keyOf));
    const earlier = [...this.#left.get(partBefore)?.values() ?? []];
    const gone = before.hops.filter(isChained).map((hop) => ({ hop, until }));
    const left = [...earlier, ...gone].filter(({ hop }) => !staying.has(keyOf(hop)));
    if (left.length === 0) return false;
    const known = this.#left.getOrInsertComputed(part, () => new Map());
    for (const each of left) known.set(keyOf(each.hop), each);
    return true;
  }

  /** The hops that have left the chain of a treatment. @param part The key of its part. */
  of(part: string): readonly Hop<string>[] {
    return [...this.#left.get(part)?.values() ?? []].map(({ hop }) => hop);
  }

  /** When the first packets can come back no more. */
  dueAt(): number {
    return Math.min(
      Infinity,
      ...[...this.#left.values()].flatMap((hops) => [...hops.values()].map(({ until }) => until)),
    );
  }

  /**
   * Forgets hops from which no packet can come back any more.
   *
   * @param now Milliseconds of the clock that `change` is called with.
   * @returns The keys of the parts of the treatments whose rows must be written again.
   */
  expire(now: number): string[] {
    return [...this.#left].filter(([part, hops]) => {
      const over = [...hops].filter(([, { until }]) => until <= now);
      for (const [key] of over) hops.delete(key);
      if (hops.size === 0) this.#left.delete(part);
      return over.length > 0;
    }).map(([part]) => part);
  }
}
