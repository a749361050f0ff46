/**
 * Which treatments, mirrors and pairs are in use, from the first Pod that uses them to the last, and which pairs drain.
 * Each has a part of the bridge's flows, named by a key.
 * @module
 */
import type { PacketDirection } from "../../contracts/mod.ts";
import type { PodKey } from "../../objects/types.ts";
import { type CombinedTreatment, copyPortsOf, pairsOf } from "../pods/treatments.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { Uses } from "./uses.ts";

/** A pair's flows stay this long after its last use, in milliseconds: packets inside the sensor can still come back. */
export const DRAIN_TIME = 2000;

export type NamedPair = ReturnType<typeof pairsOf>[number];
export const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];

/** The key of a treatment's part. */
export const treatmentPart = (direction: PacketDirection, { id }: CombinedTreatment) =>
  `${direction} ${id}`;
/** The key of the part of a Pod's port. */
export const podPortPart = (pod: PodKey, port: string) => `pod ${pod} ${port}`;
export const isPodPart = (part: string) => part.startsWith("pod ");
const mirrorPart = (port: string) => `mirror ${port}`;
const pairPart = (pair: NamedPair) => `pair ${pair.target} ${pair.return}`;

export class PartsInUse {
  readonly treatments = new Uses<{ direction: PacketDirection; combined: CombinedTreatment }>();
  readonly mirrors = new Uses<string>();
  readonly pairs = new Uses<NamedPair>();
  readonly draining = new Map<string, { pair: NamedPair; until: number }>();
  /** Keys of the parts whose flows must be written again. */
  readonly #dirty: Set<string>;

  constructor(dirty: Set<string>) {
    this.#dirty = dirty;
  }

  /** Names of ports that flows send packets to, and of the ports of pairs that still drain. */
  get ports(): ReadonlySet<string> {
    const mirrors = [...this.mirrors.values()].map(({ value }) => value);
    return new Set([...mirrors, ...this.#allPairs().flatMap((pair) => [pair.target, pair.return])]);
  }

  /** @param user Key of the part of the Pod's port. */
  use(user: string, podPort: TreatedPort): void {
    for (const direction of DIRECTIONS) {
      const combined = podPort[direction];
      if (!combined) continue;
      const key = treatmentPart(direction, combined);
      if (!this.treatments.has(key)) this.#begin(key, combined);
      this.treatments.add(key, { direction, combined }, user);
    }
  }

  #begin(treatment: string, combined: CombinedTreatment): void {
    this.#dirty.add(treatment);
    for (const port of copyPortsOf(combined)) {
      this.mirrors.add(mirrorPart(port), port, treatment);
      this.#dirty.add(mirrorPart(port));
    }
    for (const pair of pairsOf(combined)) {
      this.pairs.add(pairPart(pair), pair, treatment);
      this.draining.delete(pairPart(pair));
      this.#dirty.add(pairPart(pair));
    }
  }

  /**
   * @param user Key of the part of the Pod's port.
   * @param after What is done at the port from now on. What stays the same is used on.
   * @param now Milliseconds of a monotonic clock.
   */
  leave(
    user: string,
    { before, after, now }: { before: TreatedPort; after: TreatedPort | undefined; now: number },
  ): void {
    for (const direction of DIRECTIONS) {
      const combined = before[direction];
      if (!combined || after?.[direction]?.id === combined.id) continue;
      const key = treatmentPart(direction, combined);
      if (this.treatments.remove(key, user)) this.#end(key, combined, now);
    }
  }

  #end(treatment: string, combined: CombinedTreatment, now: number): void {
    this.#dirty.add(treatment);
    for (const port of copyPortsOf(combined)) {
      if (this.mirrors.remove(mirrorPart(port), treatment)) this.#dirty.add(mirrorPart(port));
    }
    for (const pair of pairsOf(combined)) {
      if (!this.pairs.remove(pairPart(pair), treatment)) continue;
      this.draining.set(pairPart(pair), { pair, until: now + DRAIN_TIME });
      this.#dirty.add(pairPart(pair));
    }
  }

  /** The flows that name this port must be written again. */
  touchPort(name: string): void {
    const inPair = (pair: NamedPair) => pair.target === name || pair.return === name;
    for (const [key, { value: { combined } }] of this.treatments) {
      const isConcerned = copyPortsOf(combined).includes(name) || pairsOf(combined).some(inPair);
      if (isConcerned) this.#dirty.add(key);
    }
    if (this.mirrors.has(mirrorPart(name))) this.#dirty.add(mirrorPart(name));
    for (const pair of this.#allPairs().filter(inPair)) this.#dirty.add(pairPart(pair));
  }

  /** The pairs of treatments, and the pairs that still drain. */
  #allPairs(): NamedPair[] {
    return [
      ...[...this.pairs.values()].map(({ value }) => value),
      ...[...this.draining.values()].map(({ pair }) => pair),
    ];
  }

  /** When the first of the draining pairs has drained. */
  dueAt(): number {
    return Math.min(Infinity, ...[...this.draining.values()].map(({ until }) => until));
  }

  /** Forgets pairs that have drained. @param now Milliseconds of the clock that `leave` is called with. */
  expire(now: number): void {
    for (const [key, { until }] of this.draining) {
      if (until > now) continue;
      this.draining.delete(key);
      this.#dirty.add(key);
    }
  }

  touchAll(): void {
    const parts = [this.treatments, this.mirrors, this.pairs, this.draining];
    for (const key of parts.flatMap((each) => [...each.keys()])) this.#dirty.add(key);
  }
}
