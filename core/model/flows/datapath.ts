/** From Pods and their treatments to flows: the parts of the pipeline that are in use. @module */
import type { PacketDirection, Pipeline, RealizedTreatment } from "../../contracts/mod.ts";
import type { Waiter } from "../../base/alarm.ts";
import type { FlowSet } from "./flow_set.ts";
import type { PodKey } from "../../objects/types.ts";
import { type Combined, copyPortsOf, pairsOf } from "../pods/treatments.ts";
import type { Placement } from "../pods/placement.ts";

/** Packets inside a sensor come home for so long after its pair's last use, in milliseconds. */
export const DRAIN_TIME = 2000;

interface Use<T> {
  readonly value: T;
  readonly users: Set<string>;
}
type Pair = ReturnType<typeof pairsOf>[number];
const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
const BRIDGE = "bridge";

/** Counts who uses what, and tells when the first comes and the last goes. */
class Uses<T> extends Map<string, Use<T>> {
  add(key: string, value: T, user: string): void {
    const use = this.get(key) ?? { value, users: new Set() };
    this.set(key, use);
    use.users.add(user);
  }
  remove(key: string, user: string): boolean {
    const use = this.get(key);
    if (!use?.users.delete(user) || use.users.size > 0) return false;
    return this.delete(key);
  }
}

export interface DatapathOptions {
  readonly flows: FlowSet;
  /** The number of a port on the bridge. */
  readonly ofport: (port: string) => number | undefined;
  /** Whether what comes home through these ports would come in again, for ever. */
  readonly loops: (ports: readonly string[]) => boolean;
}

export class Datapath implements Waiter {
  readonly #pipeline: Pipeline;
  readonly #options: DatapathOptions;
  /** Parts without flows, as something in them cannot be matched. */
  readonly broken = new Map<string, Error>();
  #placements = new Map<PodKey, readonly Placement[]>();
  #treatments = new Uses<{ direction: PacketDirection; combined: Combined }>();
  #mirrors = new Uses<string>();
  #pairs = new Uses<Pair>();
  #draining = new Map<string, { pair: Pair; until: number }>();
  #dirty = new Set<string>();
  #bystandersShown = false;

  constructor(pipeline: Pipeline, options: DatapathOptions) {
    this.#pipeline = pipeline;
    this.#options = options;
  }

  get #flows(): FlowSet {
    return this.#options.flows;
  }
  #ofport = (port: string) => this.#options.ofport(port);

  /** What `loops` says may be something else. */
  drainsChanged(): void {
    for (const key of this.#draining.keys()) this.#dirty.add(key);
  }

  /** Names of ports that flows send to, or that packets may still come home through. */
  portsInUse(): ReadonlySet<string> {
    const mirrors = [...this.#mirrors.values()].map(({ value }) => value);
    const pairs = this.#pairsInUse().flatMap((pair) => [pair.target, pair.return]);
    return new Set([...mirrors, ...pairs]);
  }

  placements(pod: PodKey): readonly Placement[] {
    return this.#placements.get(pod) ?? [];
  }

  /** @param now Milliseconds, from the same clock as `expire`. */
  setPod(pod: PodKey, placements: readonly Placement[], now: number): void {
    const before = this.placements(pod);
    if (placements.length > 0) this.#placements.set(pod, placements);
    else this.#placements.delete(pod);
    for (const placement of placements) this.#use(pod, placement);
    for (const placement of before) this.#leave(pod, { placement, placements, now });
    for (const { port } of [...before, ...placements]) this.#dirty.add(partOf(pod, port));
  }

  #use(pod: PodKey, placement: Placement): void {
    for (const direction of DIRECTIONS) {
      const combined = placement[direction];
      if (!combined) continue;
      const key = treatmentPart(direction, combined);
      if (!this.#treatments.has(key)) this.#begin(key, combined);
      this.#treatments.add(key, { direction, combined }, partOf(pod, placement.port));
    }
  }

  #begin(treatment: string, combined: Combined): void {
    this.#dirty.add(treatment);
    for (const port of copyPortsOf(combined)) {
      this.#mirrors.add(mirrorPart(port), port, treatment);
      this.#dirty.add(mirrorPart(port));
    }
    for (const pair of pairsOf(combined)) {
      this.#pairs.add(pairPart(pair), pair, treatment);
      this.#draining.delete(pairPart(pair));
      this.#dirty.add(pairPart(pair));
    }
  }

  #leave(
    pod: PodKey,
    { placement, placements, now }: {
      placement: Placement;
      placements: readonly Placement[];
      now: number;
    },
  ): void {
    const after = placements.find(({ port }) => port === placement.port);
    for (const direction of DIRECTIONS) {
      const combined = placement[direction];
      if (!combined || after?.[direction]?.id === combined.id) continue;
      const key = treatmentPart(direction, combined);
      if (this.#treatments.remove(key, partOf(pod, placement.port))) {
        this.#end(key, combined, now);
      }
    }
  }

  #end(treatment: string, combined: Combined, now: number): void {
    this.#dirty.add(treatment);
    for (const port of copyPortsOf(combined)) {
      if (this.#mirrors.remove(mirrorPart(port), treatment)) this.#dirty.add(mirrorPart(port));
    }
    for (const pair of pairsOf(combined)) {
      if (!this.#pairs.remove(pairPart(pair), treatment)) continue;
      this.#draining.set(pairPart(pair), { pair, until: now + DRAIN_TIME });
      this.#dirty.add(pairPart(pair));
    }
  }

  /** The port has another number, or none any more. */
  portChanged(name: string): void {
    const inPair = (pair: Pair) => pair.target === name || pair.return === name;
    for (const [key, { value: { combined } }] of this.#treatments) {
      const isConcerned = copyPortsOf(combined).includes(name) || pairsOf(combined).some(inPair);
      if (isConcerned) this.#dirty.add(key);
    }
    if (this.#mirrors.has(mirrorPart(name))) this.#dirty.add(mirrorPart(name));
    for (const pair of this.#pairsInUse().filter(inPair)) this.#dirty.add(pairPart(pair));
  }

  /** Of treatments, and those that packets may still come home through. */
  #pairsInUse(): Pair[] {
    return [
      ...[...this.#pairs.values()].map(({ value }) => value),
      ...[...this.#draining.values()].map(({ pair }) => pair),
    ];
  }

  /** When the first pair has drained. */
  dueAt(): number {
    return Math.min(Infinity, ...[...this.#draining.values()].map(({ until }) => until));
  }

  /** Pairs whose time to drain is over go. @param now From the same clock as in `setPod`. */
  expire(now: number): void {
    for (const [key, { until }] of this.#draining) {
      if (until > now) continue;
      this.#draining.delete(key);
      this.#dirty.add(key);
    }
  }

  /** Writes the flows of all parts that changed. */
  render(): void {
    const bystanders = this.#pairs.size + this.#draining.size > 0;
    if (bystanders !== this.#bystandersShown) this.#dirtyBystanders();
    this.#bystandersShown = bystanders;
    for (const part of this.#dirty) this.#renderPart(part);
    this.#dirty.clear();
    const inUse = this.#treatments.size + this.#draining.size > 0;
    this.#flows.setPart(BRIDGE, inUse ? this.#pipeline.bridge() : []);
  }

  /** One part that cannot be written must not stop the others. */
  #renderPart(part: string): void {
    try {
      this.#flows.setPart(part, this.#rows(part));
      this.#flows.setPart(dropPart(part), this.#dropRows(part));
      this.broken.delete(part);
    } catch (error) {
      this.#flows.setPart(part, []);
      this.#flows.setPart(dropPart(part), []);
      this.broken.set(part, error as Error);
    }
  }

  #dirtyBystanders(): void {
    for (const [pod, placements] of this.#placements) {
      for (const { port, egress, ingress } of placements) {
        if (!egress && !ingress) this.#dirty.add(partOf(pod, port));
      }
    }
  }

  #rows(part: string) {
    const treatment = this.#treatments.get(part)?.value;
    if (treatment) {
      return this.#pipeline.treatment(treatment.direction, this.#realize(treatment.combined));
    }
    const mirror = this.#mirrors.get(part)?.value;
    if (mirror !== undefined) return this.#mirrorRows(mirror);
    const pair = this.#pairs.get(part)?.value;
    if (pair) return this.#pairRows(pair);
    const drained = this.#draining.get(part)?.pair;
    if (drained) return this.#drainRows(drained);
    const [kind, pod, port] = part.split(" ");
    return kind === "pod" ? this.#podRows(pod!, port!) : [];
  }

  #dropRows(part: string) {
    const treatment = this.#treatments.get(part)?.value;
    if (!treatment?.combined.drop) return [];
    return this.#pipeline.drop(treatment.direction, this.#realize(treatment.combined));
  }

  #mirrorRows(port: string) {
    const ofport = this.#ofport(port);
    return ofport === undefined ? [] : this.#pipeline.mirror(ofport);
  }

  #pairRows(pair: Pair) {
    const numbers = this.#pairNumbers(pair);
    return numbers ? this.#pipeline.pair(numbers) : [];
  }

  /** Where packets would loop nothing comes home: rows of a mirror's port let nothing in. */
  #drainRows(pair: Pair) {
    const ports = [pair.target, pair.return];
    return this.#options.loops(ports)
      ? ports.flatMap((port) => this.#mirrorRows(port))
      : this.#pairRows(pair);
  }

  #podRows(pod: PodKey, port: string) {
    const placement = this.placements(pod).find((placement) => placement.port === port);
    const ofport = this.#ofport(port);
    if (!placement || ofport === undefined) return [];
    const { egress, ingress, port: _, ...where } = placement;
    if (!egress && !ingress && !this.#bystandersShown) return [];
    return this.#pipeline.podPort({
      ...where,
      ofport,
      ...(egress && { egress: this.#realize(egress) }),
      ...(ingress && { ingress: this.#realize(ingress) }),
    });
  }

  #pairNumbers = (pair: Pair) => {
    const target = this.#ofport(pair.target);
    const returned = this.#ofport(pair.return);
    if (target === undefined || returned === undefined) return undefined;
    return { target, return: returned };
  };

  #realize({ id, copies, hops, drop }: Combined): RealizedTreatment {
    return {
      id,
      copies: copies
        .map((copy) => ({ ...copy, to: present(copy.to.map(this.#ofport)) }))
        .filter(({ to }) => to.length > 0),
      hops: hops
        .map((hop) => ({ ...hop, pairs: present(hop.pairs.map(this.#pairNumbers)) }))
        .filter(({ pairs }) => pairs.length > 0),
      ...(drop && { drop }),
    };
  }
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);

const partOf = (pod: PodKey, port: string) => `pod ${pod} ${port}`;
export const treatmentPart = (direction: PacketDirection, { id }: Combined) => `${direction} ${id}`;
/** The part of a treatment that drops what is left. */
export const dropPart = (treatment: string) => `drop ${treatment}`;
const mirrorPart = (port: string) => `mirror ${port}`;
const pairPart = (pair: Pair) => `pair ${pair.target} ${pair.return}`;
