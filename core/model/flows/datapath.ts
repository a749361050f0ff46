/**
 * From Pods and their treatments to flows. The flows of a bridge are divided into parts: one for the bridge, one for
 * each treatment, each port that gets copies, each pair, and each Pod port. Only parts in use have flows.
 * @module
 */
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
import { type CombinedTreatment, copyPortsOf, pairsOf } from "../pods/treatments.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { hasSameTables, type UsedPipeline } from "./used_pipeline.ts";

/** A pair's flows stay this long after its last use, in milliseconds: packets inside the sensor can still come back. */
export const DRAIN_TIME = 2000;

type Pair = ReturnType<typeof pairsOf>[number];
const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
/** Key of the part with the rows that every treatment needs. */
export const BRIDGE_PART = "bridge";

export interface DatapathOptions {
  readonly flows: FlowSet;
  /** The number of a port on the bridge. */
  readonly ofport: (port: string) => number | undefined;
  /** Whether packets that come back through these two ports of a pair would go round in a loop. */
  readonly loops: (ports: readonly string[]) => boolean;
}

export class Datapath implements Waiter {
  #pipeline: UsedPipeline;
  readonly #options: DatapathOptions;
  /** Parts that have no flows because writing them failed, each with the error. */
  readonly broken = new Map<string, Error>();
  #podPorts = new Map<PodKey, readonly TreatedPort[]>();
  #treatments = new Uses<{ direction: PacketDirection; combined: CombinedTreatment }>();
  #mirrors = new Uses<string>();
  #pairs = new Uses<Pair>();
  #draining = new Map<string, { pair: Pair; until: number }>();
  /** By the key of a treatment's part: its rows that count packets. */
  #counting = new Map<string, readonly Row[]>();
  #dirty = new Set<string>();
  #showsUnselected = false;

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

  /** The answers of `loops` may be different from now on. */
  loopsChanged(): void {
    for (const key of this.#draining.keys()) this.#dirty.add(key);
  }

  /** Names of ports that flows send packets to, and of the ports of pairs that still drain. */
  portsInUse(): ReadonlySet<string> {
    const mirrors = [...this.#mirrors.values()].map(({ value }) => value);
    const pairs = this.#pairsInUse().flatMap((pair) => [pair.target, pair.return]);
    return new Set([...mirrors, ...pairs]);
  }

  portsOf(pod: PodKey): readonly TreatedPort[] {
    return this.#podPorts.get(pod) ?? [];
  }

  /** Takes the ports of a Pod, none if the Pod is gone. @param now Milliseconds of a monotonic clock. */
  setPod(pod: PodKey, ports: readonly TreatedPort[], now: number): void {
    const before = this.portsOf(pod);
    if (ports.length > 0) this.#podPorts.set(pod, ports);
    else this.#podPorts.delete(pod);
    for (const podPort of ports) this.#use(pod, podPort);
    for (const podPort of before) this.#leave(pod, { podPort, ports, now });
    for (const { port } of [...before, ...ports]) this.#dirty.add(podPortPart(pod, port));
  }

  #use(pod: PodKey, podPort: TreatedPort): void {
    for (const direction of DIRECTIONS) {
      const combined = podPort[direction];
      if (!combined) continue;
      const key = treatmentPart(direction, combined);
      if (!this.#treatments.has(key)) this.#begin(key, combined);
      this.#treatments.add(key, { direction, combined }, podPortPart(pod, podPort.port));
    }
  }

  #begin(treatment: string, combined: CombinedTreatment): void {
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
    { podPort, ports, now }: {
      podPort: TreatedPort;
      ports: readonly TreatedPort[];
      now: number;
    },
  ): void {
    const after = ports.find(({ port }) => port === podPort.port);
    for (const direction of DIRECTIONS) {
      const combined = podPort[direction];
      if (!combined || after?.[direction]?.id === combined.id) continue;
      const key = treatmentPart(direction, combined);
      if (this.#treatments.remove(key, podPortPart(pod, podPort.port))) {
        this.#end(key, combined, now);
      }
    }
  }

  #end(treatment: string, combined: CombinedTreatment, now: number): void {
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

  /** A port has got another OpenFlow number, or has lost its number. */
  portChanged(name: string): void {
    const inPair = (pair: Pair) => pair.target === name || pair.return === name;
    for (const [key, { value: { combined } }] of this.#treatments) {
      const isConcerned = copyPortsOf(combined).includes(name) || pairsOf(combined).some(inPair);
      if (isConcerned) this.#dirty.add(key);
    }
    if (this.#mirrors.has(mirrorPart(name))) this.#dirty.add(mirrorPart(name));
    for (const pair of this.#pairsInUse().filter(inPair)) this.#dirty.add(pairPart(pair));
  }

  /** The pairs of treatments, and the pairs that still drain. */
  #pairsInUse(): Pair[] {
    return [
      ...[...this.#pairs.values()].map(({ value }) => value),
      ...[...this.#draining.values()].map(({ pair }) => pair),
    ];
  }

  /** When the first of the draining pairs has drained. */
  dueAt(): number {
    return Math.min(Infinity, ...[...this.#draining.values()].map(({ until }) => until));
  }

  /** Removes pairs that have drained. @param now Milliseconds of the clock that `setPod` is called with. */
  expire(now: number): void {
    for (const [key, { until }] of this.#draining) {
      if (until > now) continue;
      this.#draining.delete(key);
      this.#dirty.add(key);
    }
  }

  /** Writes the flows of all parts that have changed into the flow set. */
  render(): void {
    const showsUnselected = this.#pairs.size + this.#draining.size > 0;
    if (showsUnselected !== this.#showsUnselected) this.#dirtyUnselected();
    this.#showsUnselected = showsUnselected;
    for (const part of this.#dirty) this.#renderPart(part);
    this.#dirty.clear();
    this.#renderPart(BRIDGE_PART);
  }

  /** If writing a part fails, the part has no flows, and the other parts are written all the same. */
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

  /** Keys of the flows that count what a treatment did. @param treatment Key of its part: see `treatmentPart`. */
  keysOf(treatment: string, counted: Counted): string[] {
    return (this.#counting.get(treatment) ?? []).filter(({ counts }) => counts === counted)
      .map((row) => flowKey(row));
  }

  /**
   * From now on another pipeline writes the rows. The next `render` writes every part again. If the pipeline throws
   * here, nothing is changed.
   */
  usePipeline(pipeline: UsedPipeline): void {
    if (!hasSameTables(pipeline, this.#pipeline)) this.#flows.forgetLearned();
    this.#pipeline = pipeline;
    const parts = [this.#treatments, this.#mirrors, this.#pairs, this.#draining];
    for (const key of parts.flatMap((each) => [...each.keys()])) this.#dirty.add(key);
    for (const [pod, ports] of this.#podPorts) {
      for (const { port } of ports) this.#dirty.add(podPortPart(pod, port));
    }
  }

  #dirtyUnselected(): void {
    for (const [pod, ports] of this.#podPorts) {
      for (const { port, egress, ingress } of ports) {
        if (!egress && !ingress) this.#dirty.add(podPortPart(pod, port));
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

  /** While a pair drains, its packets may come back. If they would loop, both ports get rows that let no packet in. */
  #drainRows(pair: Pair) {
    const ports = [pair.target, pair.return];
    return this.#options.loops(ports)
      ? ports.flatMap((port) => this.#mirrorRows(port))
      : this.#pairRows(pair);
  }

  #podRows(pod: PodKey, name: string) {
    const podPort = this.portsOf(pod).find(({ port }) => port === name);
    const port = this.#port(name);
    if (!podPort || !port) return [];
    const { egress, ingress, port: _, ...where } = podPort;
    if (!egress && !ingress && !this.#showsUnselected) return [];
    return this.#pipeline.podPort({
      ...where,
      ...port,
      ...(egress && { egress: this.#realize(egress) }),
      ...(ingress && { ingress: this.#realize(ingress) }),
    });
  }

  #realize(combined: CombinedTreatment): RealizedTreatment {
    return realize(combined, this.#port);
  }
}

const podPortPart = (pod: PodKey, port: string) => `pod ${pod} ${port}`;
/** The key of a treatment's part. */
export const treatmentPart = (direction: PacketDirection, { id }: CombinedTreatment) =>
  `${direction} ${id}`;
const mirrorPart = (port: string) => `mirror ${port}`;
const pairPart = (pair: Pair) => `pair ${pair.target} ${pair.return}`;
