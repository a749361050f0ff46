/**
 * Which treatments, mirrors and pairs are in use, from the first Pod that uses them to the last, and which pairs drain.
 * Each has a part of the bridge's flows, named by a key.
 * @module
 */
import type { Copy, Hop, PacketDirection } from "../../contracts/mod.ts";
import {
  alternativesOf,
  choiceKey,
  type Chosen,
  isHop,
  type NamedPair,
  needsChoice,
} from "../choices/choices.ts";
import type { PodKey } from "../../objects/types.ts";
import { type CombinedTreatment, copyPortsOf, pairsOf } from "../pods/treatments.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { CAPTURE_NAMES, isCapture } from "./captures.ts";
import type { NamedCounter } from "./counters.ts";
import { FLOOD_PART } from "./flood_receivers.ts";
import { LeftHops } from "./left_hops.ts";
import { isScoped, portsKey } from "./legs.ts";
import { type SharedPart, sharedParts } from "./shared_parts.ts";
import { Uses } from "./uses.ts";

/** A pair's flows stay this long after its last use, in milliseconds: packets inside the sensor can still come back. */
export const DRAIN_TIME = 2000;

export const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];

/** The key of a treatment's part. */
export const treatmentPart = (direction: PacketDirection, { id }: CombinedTreatment) =>
  `${direction} ${id}`;
/** The key of the part of a Pod's port. */
export const podPortPart = (pod: PodKey, port: string) => `pod ${pod} ${port}`;
export const isPodPart = (part: string) => part.startsWith("pod ");
/** The key of the part of a choice. */
export const choicePart = (chosen: Chosen) => `choice ${choiceKey(chosen)}`;
/** Whether the part is that of a choice, or of a pair in one. */
export const isOfChoice = (part: string) => part.startsWith("choice ") || part.startsWith("pair ");
const mirrorPart = (port: string) => `mirror ${port}`;
const portsOf = (pair: NamedPair) => [pair.target, pair.return];
const pairPart = (pair: NamedPair) => `pair ${pair.target} ${pair.return}`;

const choicesOf = ({ copies, hops }: CombinedTreatment): Chosen[] =>
  [...copies, ...hops].filter(needsChoice);

/** The keys of the parts of all choices in a treatment. */
export const choicePartsOf = (combined: CombinedTreatment) => choicesOf(combined).map(choicePart);

/** The ports to which a Pod's sent packets get by legs, as text. */
function legPortsOf({ copies }: CombinedTreatment, direction: PacketDirection): Set<string> {
  return new Set(direction === "egress" ? copies.filter(isScoped).map(portsKey) : []);
}

export class PartsInUse {
  readonly treatments = new Uses<{ direction: PacketDirection; combined: CombinedTreatment }>();
  /** Counters, legs and filters. */
  readonly shared = new Uses<SharedPart>();
  /** The ports, as text, to which what Pods send may get by legs. */
  readonly #legPorts = new Uses<string>();
  readonly mirrors = new Uses<string>();
  readonly pairs = new Uses<NamedPair>();
  /** The copies and hops for whose packets a port is chosen. */
  readonly choices = new Uses<Chosen>();
  /** By the name of a port: the parts of the choices that name it. */
  readonly #choicesOf = new Map<string, Set<string>>();
  /** By the part of a pair: the last hop with a choice that it was in. */
  readonly #hopOf = new Map<string, Hop<string>>();
  /** Hops that have left the chains of treatments in use. */
  readonly #left = new LeftHops();
  readonly draining = new Map<string, { pair: NamedPair; until: number }>();
  /** The ports of mirrors and pairs, also of pairs that drain, by their names; the users are the keys of the parts. */
  readonly #uses = new Uses<string>();
  readonly #ports = new Set<string>();
  /** Keys of the parts whose flows must be written again. */
  readonly #dirty: Set<string>;

  constructor(dirty: Set<string>) {
    this.#dirty = dirty;
  }

  /** Names of ports that flows send packets to, and of the ports of pairs that still drain. */
  get ports(): ReadonlySet<string> {
    return this.#ports;
  }

  /** @param user Key of the part of the Pod's port. */
  use(user: string, podPort: TreatedPort): void {
    for (const direction of DIRECTIONS) {
      const combined = podPort[direction];
      if (!combined) continue;
      const key = treatmentPart(direction, combined);
      if (!this.treatments.has(key)) this.#begin(key, combined, direction);
      this.treatments.add(key, { direction, combined }, user);
    }
  }

  #begin(treatment: string, combined: CombinedTreatment, direction: PacketDirection): void {
    this.#dirty.add(treatment);
    for (const [part, value] of sharedParts(combined, direction)) {
      if (!this.shared.has(part)) this.#dirty.add(part);
      this.shared.add(part, value, treatment);
    }
    for (const ports of legPortsOf(combined, direction)) {
      if (!this.#legPorts.has(ports)) this.#touchReceivers(ports);
      this.#legPorts.add(ports, ports, treatment);
    }
    for (const port of copyPortsOf(combined)) {
      this.mirrors.add(mirrorPart(port), port, treatment);
      this.#usePort(port, mirrorPart(port));
      this.#dirty.add(mirrorPart(port));
    }
    for (const pair of pairsOf(combined)) this.#hopOf.delete(pairPart(pair));
    for (const chosen of choicesOf(combined)) this.#beginChoice(chosen, treatment);
    for (const pair of pairsOf(combined)) {
      this.pairs.add(pairPart(pair), pair, treatment);
      for (const port of portsOf(pair)) this.#usePort(port, pairPart(pair));
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
      const next = after?.[direction];
      if (!combined || next?.id === combined.id) continue;
      const key = treatmentPart(direction, combined);
      if (next) this.#leaveChain([key, combined], [treatmentPart(direction, next), next], now);
      if (!this.treatments.remove(key, user)) continue;
      this.#end(key, combined, now);
      for (const part of sharedParts(combined, direction).keys()) {
        if (this.shared.remove(part, key)) this.#dirty.add(part);
      }
      for (const ports of legPortsOf(combined, direction)) {
        if (this.#legPorts.remove(ports, key)) this.#touchReceivers(ports);
      }
    }
  }

  #leaveChain(
    before: readonly [string, CombinedTreatment],
    after: readonly [string, CombinedTreatment],
    now: number,
  ): void {
    if (this.#left.change(before, after, now + DRAIN_TIME)) this.#dirty.add(after[0]);
  }

  /** Hops that have left the treatment's chain, from which packets may still come back. */
  leftHops = (treatment: string) => this.#left.of(treatment);

  #end(treatment: string, combined: CombinedTreatment, now: number): void {
    this.#dirty.add(treatment);
    for (const port of copyPortsOf(combined)) {
      if (!this.mirrors.remove(mirrorPart(port), treatment)) continue;
      this.#leavePort(port, mirrorPart(port));
      this.#dirty.add(mirrorPart(port));
    }
    for (const chosen of choicesOf(combined)) this.#endChoice(chosen, treatment);
    for (const pair of pairsOf(combined)) {
      if (!this.pairs.remove(pairPart(pair), treatment)) continue;
      this.draining.set(pairPart(pair), { pair, until: now + DRAIN_TIME });
      this.#dirty.add(pairPart(pair));
    }
  }

  #beginChoice(chosen: Chosen, treatment: string): void {
    const part = choicePart(chosen);
    this.choices.add(part, chosen, treatment);
    this.#dirty.add(part);
    for (const port of alternativesOf(chosen).flat()) {
      this.#choicesOf.getOrInsertComputed(port, () => new Set()).add(part);
    }
    if (!isHop(chosen)) return;
    for (const pair of chosen.pairs) this.#hopOf.set(pairPart(pair), chosen);
  }

  #endChoice(chosen: Chosen, treatment: string): void {
    const part = choicePart(chosen);
    this.#dirty.add(part);
    if (!this.choices.remove(part, treatment)) return;
    for (const port of alternativesOf(chosen).flat()) {
      const parts = this.#choicesOf.get(port);
      parts?.delete(part);
      if (parts?.size === 0) this.#choicesOf.delete(port);
    }
  }

  allChoices(): Chosen[] {
    return [...this.choices.values()].map(({ value }) => value);
  }

  /** The hop by whose number what comes back from the pair is known, if it has a choice. */
  hopOf(pair: NamedPair): Hop<string> | undefined {
    const last = this.#hopOf.get(pairPart(pair));
    if (!last || this.choices.has(choicePart(last))) return last;
    // While the pair drains, its packets go on as those of the pairs that it was together with.
    const hops = last.pairs.map((other) => this.#hopOf.get(pairPart(other)));
    return hops.find((hop) => hop && this.choices.has(choicePart(hop))) ?? last;
  }

  /** The choices that name this port must be written again. */
  touchChoices(port: string): void {
    for (const part of this.choicesOf(port)) this.#dirty.add(part);
  }

  /** The keys of the parts of the choices that name a port. */
  choicesOf(port: string): string[] {
    return [...this.#choicesOf.get(port) ?? []];
  }

  /** Whether any treatment is in use, or its packets may still be on their way. */
  get some(): boolean {
    return this.treatments.size + this.draining.size > 0;
  }

  /** Whether a session of `sluice capture` gets copies. */
  get isCaptured(): boolean {
    return CAPTURE_NAMES.some((name) => this.mirrors.has(mirrorPart(name)));
  }

  /** The counters that treatments in use need, without those of captures: a session has its own count. */
  counters(): NamedCounter[] {
    return [...this.shared.values()].map(({ value }) => value.counter)
      .filter((counter) => counter !== undefined)
      .filter(({ control }) => !isCapture(control));
  }

  /** Whether what Pods send may get to the same ports by a leg. */
  readonly isContended = (copy: Copy<string>): boolean => this.#legPorts.has(portsKey(copy));

  /** The copies of received packets to these ports are compared with the sender's from now on, or no more. */
  #touchReceivers(ports: string): void {
    this.#dirty.add(FLOOD_PART);
    for (const [part, { value: { direction, combined } }] of this.treatments) {
      if (direction === "ingress" && combined.copies.some((copy) => portsKey(copy) === ports)) {
        this.#dirty.add(part);
      }
    }
  }

  #touchTreatment(treatment: string): void {
    this.#dirty.add(treatment);
    const { combined, direction } = this.treatments.get(treatment)!.value;
    for (const part of sharedParts(combined, direction).keys()) this.#dirty.add(part);
    for (const chosen of choicesOf(combined)) {
      this.#dirty.add(choicePart(chosen));
      if (isHop(chosen)) chosen.pairs.forEach((pair) => this.#dirty.add(pairPart(pair)));
    }
  }

  #usePort(port: string, part: string): void {
    this.#uses.add(port, port, part);
    this.#ports.add(port);
  }
  #leavePort(port: string, part: string): void {
    if (this.#uses.remove(port, part)) this.#ports.delete(port);
  }
  /** The flows that name this port must be written again. */
  touchPort(name: string): void {
    for (const part of this.#uses.get(name)?.users ?? []) {
      this.#dirty.add(part);
      const { users: treatments = [] } = this.mirrors.get(part) ?? this.pairs.get(part) ?? {};
      for (const treatment of treatments) this.#touchTreatment(treatment);
    }
  }

  /** When the first of the draining pairs has drained. */
  dueAt(): number {
    const drained = [...this.draining.values()].map(({ until }) => until);
    return Math.min(this.#left.dueAt(), ...drained);
  }

  /** Forgets pairs that have drained. @param now Milliseconds of the clock that `leave` is called with. */
  expire(now: number): void {
    for (const part of this.#left.expire(now)) this.#dirty.add(part);
    for (const [key, { pair, until }] of this.draining) {
      if (until > now) continue;
      this.draining.delete(key);
      this.#hopOf.delete(key);
      for (const port of portsOf(pair)) this.#leavePort(port, key);
      this.#dirty.add(key);
    }
  }

  touchAll(): void {
    const { treatments, shared, mirrors, choices, pairs, draining } = this;
    const parts = [treatments, shared, mirrors, choices, pairs, draining];
    for (const key of parts.flatMap((each) => [...each.keys()])) this.#dirty.add(key);
  }
}
