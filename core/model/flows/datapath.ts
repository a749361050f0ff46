/**
 * From Pods and their treatments to flows. The flows of a bridge are divided into parts: one for the bridge, one for
 * each treatment, each port that gets copies, each pair, each choice, and each Pod port. Only parts in use have flows.
 * @module
 */
import type { BridgeFacts, Row, SwitchPort } from "../../contracts/mod.ts";
import type { Waiter } from "../../base/alarm.ts";
import type { Flow } from "../../openflow/mod.ts";
import type { NamedCounter } from "./counters.ts";
import { capturePort } from "./captures.ts";
import type { DatapathOptions } from "./datapath_options.ts";
import { Deliveries } from "./deliveries.ts";
import { CountingTables } from "./counting_tables.ts";
import { type NamedPodCounter, podCountersOf } from "./pod_counters.ts";
import { TURN_PART } from "./flow_set.ts";
import { toFlow } from "./mark_rows.ts";
import { isLegPart } from "./legs.ts";
import { Meters } from "./meters.ts";
import { FloodReceivers } from "./flood_receivers.ts";
import { floodsToAll } from "./owner_flooding.ts";
import { keepsOldActions, TURNS } from "./refresh.ts";
import { Sensors, type SensorVerdict } from "../choices/sensors.ts";
import { BRIDGE_PART, otherRowsOfPart, type PartContext, rowsOfPart } from "./part_rows.ts";
import { isOfChoice, PartsInUse, podPortPart } from "./parts_in_use.ts";
import type { PodKey, PortClaim } from "../../objects/types.ts";
import { isUnselected, type TreatedPort } from "../pods/treated_pod.ts";
import { entersBy, tunnelPackets } from "./tunnel_packets.ts";
import { Positions } from "../choices/positions.ts";
import { SensorsInUse } from "./sensors_in_use.ts";
import { hasSameTables, type UsedPipeline } from "./used_pipeline.ts";

/** After the last treatment, the rows that hand packets back stay this long, in milliseconds: see refresh.ts. */
const REST_TIME = 500;

export class Datapath implements Waiter {
  #pipeline: UsedPipeline;
  readonly #options: DatapathOptions;
  /** Parts that have no flows because writing them failed, each with the error. */
  readonly broken = new Map<string, Error>();
  #podPorts = new Map<PodKey, readonly TreatedPort[]>();
  readonly #positions = new Positions();
  /** What follows from all choices, until one of them changes. */
  #notes: ReadonlyMap<string, string> | undefined;
  readonly countingTables = new CountingTables();
  readonly #dirty = new Set<string>();
  /** Those of which nothing but a verdict on a sensor has changed. */
  readonly #judged = new Set<string>();
  readonly #used = new PartsInUse(this.#dirty);
  readonly receivers: FloodReceivers;
  readonly sensors = new Sensors();
  /** By the name of a TrafficControl that sees no packet: for how long, in words. */
  quiet: ReadonlyMap<string, string> = new Map();
  readonly sensorsInUse: SensorsInUse;
  readonly meters = new Meters();
  readonly deliveries = new Deliveries({
    ports: () => [...this.#podPorts.values()].flat(),
    numberOf: (port) => this.#port(port)?.ofport,
    onChange: (changed) => this.#dirtyPodPorts(changed),
  });
  #showsUnselected = false;
  #wasInUse = false;
  #keepsOldActions = false;
  /** After the last treatment, until when the rows stay that hand packets back; nothing if there is no such time. */
  #restsUntil: number | undefined;

  constructor(pipeline: UsedPipeline, options: DatapathOptions) {
    this.#pipeline = pipeline;
    this.#options = options;
    const needsFew = () => this.#pipeline.type.floodNeedsFew ?? false;
    const { isContended } = this.#used;
    this.receivers = new FloodReceivers(this.#dirty, { find: this.#port, needsFew, isContended });
    this.sensorsInUse = new SensorsInUse(this.#used, this.sensors, this.#port);
  }

  #port = (name: string): SwitchPort | undefined => {
    const { ports } = this.#options;
    const port = ports.named(name);
    if (port?.ofport === undefined) return capturePort(name);
    const tunnel = tunnelPackets(port, ports);
    return { name, ofport: port.ofport, ...(tunnel && { tunnel }) };
  };

  /** The answers of `loops` may be different from now on. */
  loopsChanged(): void {
    for (const key of this.#used.draining.keys()) this.#dirty.add(key);
  }

  /** Whether rows are in the switch that go soon, as no Pod is treated any more. */
  get rests(): boolean {
    return this.#restsUntil !== undefined;
  }

  /** Names of ports that flows send packets to, and of the ports of pairs that still drain. */
  portsInUse(): ReadonlySet<string> {
    return this.#used.ports;
  }

  /** Takes what OVSDB says about the bridge. */
  setFacts(facts: BridgeFacts): void {
    this.#keepsOldActions = keepsOldActions(facts);
    this.#positions.load(facts.external_ids);
    this.receivers.setFacts({ floodsToAll: floodsToAll(facts) });
  }

  /** Takes the verdict on a sensor: only the rows of its choice change. @returns The names of its ports. */
  judgeSensor(id: string, verdict: SensorVerdict): readonly string[] {
    const ports = this.sensors.judge(id, verdict);
    for (const part of ports.flatMap((port) => this.#used.choicesOf(port))) {
      // What waits for a round for another reason is written together with other parts.
      if (!this.#dirty.has(part)) this.#judged.add(part);
      this.#dirty.add(part);
    }
    return ports;
  }

  /** Flows may send packets to some of these ports from now on, or no more: choices have other places for them. */
  readinessChanged(ports: readonly PortClaim[]): void {
    for (const { spec } of ports) this.#used.touchChoices(spec.name);
  }

  /** What is to be noted in the bridge's row: see positions.ts. */
  placeNotes(): ReadonlyMap<string, string> {
    return this.#notes ??= this.#positions.notes(this.#used.allChoices());
  }

  portsOf(pod: PodKey): readonly TreatedPort[] {
    return this.#podPorts.get(pod) ?? [];
  }

  /** Takes the ports of a Pod, none if the Pod is gone. @param now Milliseconds of a monotonic clock. */
  setPod(pod: PodKey, ports: readonly TreatedPort[], now: number): void {
    const before = this.portsOf(pod);
    if (ports.length > 0) this.#podPorts.set(pod, ports);
    else this.#podPorts.delete(pod);
    for (const podPort of ports) this.#used.use(podPortPart(pod, podPort.port), podPort);
    const wasTreated = this.#used.treatments.size > 0;
    for (const podPort of before) {
      const after = ports.find(({ port }) => port === podPort.port);
      this.#used.leave(podPortPart(pod, podPort.port), { before: podPort, after, now });
    }
    if (this.#used.treatments.size > 0) this.#restsUntil = undefined;
    else if (wasTreated) this.#rest(now);
    for (const { port } of [...before, ...ports]) this.#dirty.add(podPortPart(pod, port));
    this.receivers.set(pod, ports);
  }

  /**
   * With the last treatment all flows could go. But the switch must look at a field of packets once more, so that it
   * forgets what it did to them.
   */
  #rest(now: number): void {
    if (this.#keepsOldActions && this.#pipeline.refresh) this.#restsUntil = now + REST_TIME;
  }

  /** A port has another OpenFlow number, MAC, VLAN or route. */
  portChanged(name: string): void {
    const { ports } = this.#options;
    this.#used.touchPort(name);
    for (const each of this.portsInUse()) {
      const port = ports.named(each);
      if (port && entersBy(port, name, ports.named(name))) this.#used.touchPort(each);
    }
    this.receivers.touch();
  }

  /** When the first of what `expire` removes has stayed long enough. */
  dueAt(): number {
    return Math.min(this.#restsUntil ?? Infinity, this.#used.dueAt());
  }

  /** Removes what has stayed long enough: pairs, and the rows that hand packets back. @param now Milliseconds of the clock that `setPod` is called with. */
  expire(now: number): void {
    if (this.#restsUntil !== undefined && this.#restsUntil <= now) this.#restsUntil = undefined;
    this.#used.expire(now);
  }

  /** Writes the flows of all parts that have changed into the flow set. */
  render(): void {
    const showsUnselected = this.#used.pairs.size + this.#used.draining.size > 0;
    if (showsUnselected !== this.#showsUnselected) this.#dirtyPodPorts(isUnselected);
    this.#showsUnselected = showsUnselected;
    if (this.#inUse !== this.#wasInUse) this.#dirty.add(BRIDGE_PART);
    this.#wasInUse = this.#inUse;
    const context = this.#context();
    for (const part of this.#dirty) this.#renderPart(part, context);
    this.#dirty.clear();
    this.#judged.clear();
    this.#takeTurns();
  }

  /** Writes the flows of choices of which nothing but a verdict has changed into the flow set. */
  renderJudged(): void {
    const context = this.#context();
    for (const part of this.#judged) {
      this.#renderPart(part, context);
      this.#dirty.delete(part);
    }
    this.#judged.clear();
  }

  /** If writing a part fails, the part has no flows, and the other parts are written all the same. */
  #renderPart(part: string, context: PartContext): void {
    if (isOfChoice(part)) {
      this.#notes = undefined;
      this.sensorsInUse.changed();
    }
    if (isLegPart(part)) this.meters.setLeg(part, this.#used.shared.get(part)?.value.leg);
    try {
      this.#write(part, rowsOfPart(context, part), otherRowsOfPart(context, part));
      this.broken.delete(part);
    } catch (error) {
      this.#write(part, []);
      this.broken.set(part, error as Error);
    }
  }

  /** @param others The form of the part that replaces the present one when the part changes, if it has two. */
  #write(part: string, rows: readonly Row[], others?: readonly Row[]): void {
    const { flows } = this.#options;
    if (others) flows.setTurningPart(part, [rows.map(toFlow), others.map(toFlow)]);
    else flows.setPart(part, rows.map(toFlow));
    this.countingTables.take(part, rows);
  }

  /** The counters of what is done for a TrafficControl. Only those are there that a treatment in use needs. */
  countersInUse(): NamedCounter[] {
    return this.#used.counters();
  }

  /** The counters of single Pods, those of each of a Pod's ports. */
  podCountersInUse(): NamedPodCounter[] {
    return [...this.#podPorts].flatMap(([pod, ports]) => podCountersOf(pod, ports));
  }

  /**
   * From now on another pipeline writes the rows. The next `render` writes every part again. If the pipeline throws
   * here, nothing is changed.
   */
  usePipeline(pipeline: UsedPipeline): void {
    if (!hasSameTables(pipeline, this.#pipeline)) this.#options.flows.forgetLearned();
    this.countingTables.clear();
    this.#pipeline = pipeline;
    this.#used.touchAll();
    this.receivers.touch();
    this.#dirty.add(BRIDGE_PART);
    this.#dirtyPodPorts(() => true);
  }

  #dirtyPodPorts(changes: (podPort: TreatedPort) => boolean): void {
    for (const [pod, ports] of this.#podPorts) {
      for (const each of ports.filter(changes)) this.#dirty.add(podPortPart(pod, each.port));
    }
  }

  #context(): PartContext {
    const { ports, isReady, loops } = this.#options;
    return {
      isReady,
      pipeline: this.#pipeline,
      used: this.#used,
      receivers: this.receivers,
      ports,
      find: this.#port,
      inUse: this.#inUse,
      showsUnselected: this.#showsUnselected,
      loops,
      portsOf: (pod) => this.portsOf(pod),
      deliveries: this.deliveries,
      positions: this.#positions,
      sensors: this.sensors,
      observed: (flow) => this.#options.flows.observed(flow),
    };
  }

  get #inUse(): boolean {
    return this.#used.some || this.#restsUntil !== undefined;
  }

  #takeTurns(): void {
    try {
      this.#options.flows.takeTurns(this.#turns());
      this.broken.delete(TURN_PART);
    } catch (error) {
      this.#options.flows.takeTurns([]);
      this.broken.set(TURN_PART, error as Error);
    }
  }

  #turns(): Flow[][] {
    const { refresh } = this.#pipeline;
    if (!this.#inUse || !this.#keepsOldActions || !refresh) return [];
    return TURNS.map((turn) => refresh(turn).map(toFlow));
  }
}
