/** From Pods and their treatments to flows: the parts of the pipeline that are in use. @module */
import type {
  Counted,
  PacketDirection,
  RealizedTreatment,
  Row,
  SwitchPort,
} from "../../contracts/mod.ts";
import type { Waiter } from "../../base/alarm.ts";
import { flowKey } from "../../openflow/mod.ts";
import type { FlowSet } from "./flow_set.ts";
import { toFlow } from "./mark_rows.ts";
import { realize, realizePair } from "./realize.ts";
import { Uses } from "./uses.ts";
import type { PodKey } from "../../objects/types.ts";
import { type Combined, copyPortsOf, pairsOf } from "../pods/treatments.ts";
import type { Placement } from "../pods/placement.ts";
import { hasSameTables, type UsedPipeline } from "./used_pipeline.ts";

/** Packets inside a sensor come home for so long after its pair's last use, in milliseconds. */
export const DRAIN_TIME = 2000;

type Pair = ReturnType<typeof pairsOf>[number];
const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
/** The part that every treatment needs. */
export const BRIDGE_PART = "bridge";

export interface DatapathOptions {
  readonly flows: FlowSet;
  /** The number of a port on the bridge. */
  readonly ofport: (port: string) => number | undefined;
  /** Whether what comes home through these ports would come in again, for ever. */
  readonly loops: (ports: readonly string[]) => boolean;
}

export class Datapath implements Waiter {
  #pipeline: UsedPipeline;
  readonly #options: DatapathOptions;
  /** Parts without flows, as something in them cannot be matched. */
  readonly broken = new Map<string, Error>();
  #placements = new Map<PodKey, readonly Placement[]>();
  #treatments = new Uses<{ direction: PacketDirection; combined: Combined }>();
  #mirrors = new Uses<string>();
  #pairs = new Uses<Pair>();
  #draining = new Map<string, { pair: Pair; until: number }>();
  /** Rows that count what a treatment did, by its part. */
  #counting = new Map<string, readonly Row[]>();
  #dirty = new Set<string>();
  #bystandersShown = false;

  constructor(pipeline: UsedPipeline, options: DatapathOptions) {
    this.#pipeline = pipeline;
    this.#options = options;
  }

  get #flows(): FlowSet {
    return this.#options.flows;
  }
  #port = (name: string): SwitchPort | undefined => {
    const ofport = this.#options.ofport(name);
    return ofport === undefined ? undefined : { name, ofport };
  };

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
    this.#renderPart(BRIDGE_PART);
  }

  /** One part that cannot be written must not stop the others. */
  #renderPart(part: string): void {
    try {
      this.#write(part, this.#rows(part));
      this.broken.delete(part);
    } catch (error) {
      this.#write(part, []);
      this.broken.set(part, error as Error);
    }
  }

  #write(part: string, rows: readonly Row[]): void {
    this.#flows.setPart(part, rows.map(toFlow));
    const counting = rows.filter(({ counts }) => counts !== undefined);
    if (counting.length > 0) this.#counting.set(part, counting);
    else this.#counting.delete(part);
  }

  /** Keys of the flows of a treatment's part that count what it did. */
  keysOf(treatment: string, counted: Counted): string[] {
    return (this.#counting.get(treatment) ?? []).filter(({ counts }) => counts === counted)
      .map((row) => flowKey(row));
  }

  /** Every part is written anew. */
  usePipeline(pipeline: UsedPipeline): void {
    if (!hasSameTables(pipeline, this.#pipeline)) this.#flows.forgetLearned();
    this.#pipeline = pipeline;
    const parts = [this.#treatments, this.#mirrors, this.#pairs, this.#draining];
    for (const key of parts.flatMap((each) => [...each.keys()])) this.#dirty.add(key);
    for (const [pod, placements] of this.#placements) {
      for (const { port } of placements) this.#dirty.add(partOf(pod, port));
    }
  }

  #dirtyBystanders(): void {
    for (const [pod, placements] of this.#placements) {
      for (const { port, egress, ingress } of placements) {
        if (!egress && !ingress) this.#dirty.add(partOf(pod, port));
      }
    }
  }

  #rows(part: string): readonly Row[] {
    if (part === BRIDGE_PART) return this.#bridgeRows();
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

  #bridgeRows(): readonly Row[] {
    const inUse = this.#treatments.size + this.#draining.size > 0;
    return inUse ? this.#pipeline.bridge() : [];
  }

  #mirrorRows(name: string) {
    const port = this.#port(name);
    return port ? this.#pipeline.copyPort(port) : [];
  }

  #pairRows(pair: Pair) {
    const realized = realizePair(pair, this.#port);
    return realized ? this.#pipeline.pair(realized) : [];
  }

  /** Where packets would loop nothing comes home: rows of a mirror's port let nothing in. */
  #drainRows(pair: Pair) {
    const ports = [pair.target, pair.return];
    return this.#options.loops(ports)
      ? ports.flatMap((port) => this.#mirrorRows(port))
      : this.#pairRows(pair);
  }

  #podRows(pod: PodKey, name: string) {
    const placement = this.placements(pod).find(({ port }) => port === name);
    const port = this.#port(name);
    if (!placement || !port) return [];
    const { egress, ingress, port: _, ...where } = placement;
    if (!egress && !ingress && !this.#bystandersShown) return [];
    return this.#pipeline.podPort({
      ...where,
      ...port,
      ...(egress && { egress: this.#realize(egress) }),
      ...(ingress && { ingress: this.#realize(ingress) }),
    });
  }

  #realize(combined: Combined): RealizedTreatment {
    return realize(combined, this.#port);
  }
}

const partOf = (pod: PodKey, port: string) => `pod ${pod} ${port}`;
export const treatmentPart = (direction: PacketDirection, { id }: Combined) => `${direction} ${id}`;
const mirrorPart = (port: string) => `mirror ${port}`;
const pairPart = (pair: Pair) => `pair ${pair.target} ${pair.return}`;
