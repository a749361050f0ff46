/**
 * The desired state of one bridge, kept up to date event by event. Objects and the ports of the bridge go in, wanted
 * ports and flows come out. Pure: the model reads no socket, and the clock only to see which
 * objects are in effect. docs/architecture.md has the steps of a round.
 * @module
 */
import type { Condition } from "../contracts/condition.ts";
import type { Resolver } from "../contracts/mod.ts";
import type { Control, NamespaceObject, PodKey, PodObject } from "../objects/types.ts";
import { podKey } from "../objects/types.ts";
import { Captured } from "./captured.ts";
import { Datapath } from "./flows/datapath.ts";
import { FlowSet } from "./flows/flow_set.ts";
import { Pending } from "./pending.ts";
import { type LocalPods, selectable } from "./pods/local_pods.ts";
import type { TreatedPod } from "./pods/treated_pod.ts";
import { TreatedPods } from "./pods/treated_pods.ts";
import { Selection, type SelectionChange } from "./pods/selection.ts";
import { pairsOf } from "./pods/treatments.ts";
import { type BridgePort, BridgePorts, differInFlows } from "./ports/bridge_ports.ts";
import { StalePortNumbers } from "./ports/stale_port_numbers.ts";
import { KnownMTUs, type MTURange } from "./ports/mtu.ts";
import type { ModelOptions } from "./model_options.ts";
import {
  type Hindrance,
  type JudgedPort,
  type VerdictChanges,
  WantedPorts,
} from "./ports/wanted.ts";
import { Readiness } from "./readiness.ts";
import { Admission } from "./refusals/admission.ts";
import { RedirectRefusals } from "./refusals/redirects.ts";
import { FlowCollisions } from "./refusals/flow_collisions.ts";
import type { RefusedFlows } from "./refusals/refused_flows.ts";
import type { SwitchObservation } from "./switch_observation.ts";
import type { UsedPipeline } from "./flows/used_pipeline.ts";

export class Model {
  readonly flows = new FlowSet();
  readonly ports = new BridgePorts<PodKey>();
  readonly datapath: Datapath;
  readonly controls = new Map<string, Control>();
  readonly admission: Admission;
  readonly selection: Selection;
  readonly wanted: WantedPorts;
  readonly redirects = new RedirectRefusals((name) => this.ports.named(name));
  readonly pending = new Pending();
  readonly collisions: FlowCollisions;
  readonly refusedFlows: RefusedFlows = new Map();
  readonly staleNumbers = new StalePortNumbers();
  readonly readiness: Readiness;
  readonly captured = new Captured(() => this.#treatedPods);
  #pipeline: UsedPipeline;
  readonly #treatedPods: TreatedPods;
  readonly #node: string | undefined;
  readonly #mtus = new KnownMTUs(this.ports);

  constructor({ pipeline, node, surroundings, clock, selection, ...places }: ModelOptions) {
    this.#node = node;
    this.selection = selection ?? new Selection();
    this.admission = new Admission(clock);
    this.#pipeline = pipeline;
    this.collisions = new FlowCollisions(pipeline);
    this.#treatedPods = new TreatedPods({
      ...places,
      ports: this.ports,
      isBridge: surroundings.isBridge,
      selecting: (pod) => this.captured.selecting(pod, this.selection.controlsOf(pod)),
      acting: (names) => this.#acting(names),
    });
    this.datapath = new Datapath(pipeline, {
      flows: this.flows,
      ports: this.ports,
      isReady: (name) => this.wanted.isReady(name),
      loops: (ports) => this.redirects.refusalThrough(ports) !== undefined,
    });
    this.wanted = new WantedPorts({
      ...surroundings,
      onBridge: (name) => this.ports.named(name),
      isPodPort: (name) => this.#treatedPods.isPodPort(name),
      bridgeMTUs: () => this.#mtus.range,
      collidingFlow: (ofport) => this.collisions.collidingFlow(ofport),
    });
    this.readiness = new Readiness(this);
  }

  get pods(): LocalPods {
    return this.#treatedPods.pods;
  }
  get pipeline(): UsedPipeline {
    return this.#pipeline;
  }
  ofport(port: string): number | undefined {
    return this.ports.named(port)?.ofport;
  }

  setControl(control: Control): void {
    const { name } = control;
    this.#forget(name);
    this.controls.set(name, control);
    this.#refreshAll(this.admission.set(control));
    this.#selected(this.selection.setControl(name, control.object.appliedTo));
    this.#refreshAll([name]);
  }

  deleteControl(name: string): void {
    this.#forget(name);
    this.controls.delete(name);
    this.#refreshAll(this.admission.delete(name));
    this.#selected(this.selection.deleteControl(name));
  }

  /** Looks at the clock: TrafficControls may have begun or ended. */
  turn(): void {
    this.#refreshAll(this.admission.turn());
  }

  setPod(pod: PodObject): void {
    if (!selectable(pod, this.#node)) return this.deletePod(podKey(pod));
    this.#treatedPods.set(pod);
    this.#selected(this.selection.setPod(pod));
  }

  /** Judges again whether these Pods are selected. */
  selectAgain(keys: Iterable<PodKey>): void {
    const pods = [...keys].map((key) => this.pods.get(key)).filter((pod) => pod !== undefined);
    for (const pod of pods) this.#selected(this.selection.setPod(pod));
  }

  deletePod(key: PodKey): void {
    if (!this.pods.get(key)) return;
    this.#selected(this.selection.deletePod(key));
    this.#treatedPods.delete(key);
  }

  setNamespace(namespace: NamespaceObject): void {
    this.#selected(this.selection.setNamespace(namespace));
  }
  deleteNamespace(name: string): void {
    this.#selected(this.selection.deleteNamespace(name));
  }

  /** From now on these resolvers find the ports of all Pods. @param marking See `LocalPodsOptions`. */
  useResolvers(resolvers: readonly Resolver[], marking?: readonly Resolver[]): void {
    this.#treatedPods.useResolvers(resolvers, marking);
  }

  /** Computes every flow again. The flows of the switch must be observed before the next round writes. */
  usePipeline(pipeline: UsedPipeline): void {
    this.datapath.usePipeline(pipeline); // comes first: if it throws, nothing is changed
    this.collisions.usePipeline(pipeline);
    this.#pipeline = pipeline;
    this.wanted.touchAll();
    this.#refreshAll([...this.controls.keys()]);
  }

  /** @param port The port as OVSDB shows it; nothing if it is gone. */
  setPort(name: string, port: BridgePort | undefined): void {
    const before = this.ports.named(name);
    this.#treatedPods.setPort(name, port);
    this.wanted.setOurs(name, port?.ours ?? false);
    if (!port?.ours || !before?.ours) this.#mtus.mayDiffer();
    if (before?.inSpanningTree !== port?.inSpanningTree) this.#refreshRedirects();
    if (differInFlows(before, port)) this.datapath.portChanged(name);
    const number = before?.ofport;
    if (number !== undefined && number !== port?.ofport) this.staleNumbers.add(number);
    this.wanted.touch(name);
  }

  observe(seen: SwitchObservation): void {
    this.flows.observe(seen.flows);
    this.datapath.receivers.observe(seen.foreign);
    this.datapath.deliveries.observe(seen.deliveries);
    if (this.collisions.observe(seen.foreign)) this.wanted.touchAll();
    const differs = this.redirects.observe(seen.noRedirects, seen.noRedirectsWhileFlooding);
    if (differs) this.#refreshRedirects();
  }

  /** @param unstoppable Whether the bridge refuses OpenFlow 1.0: no other version takes a port out of flooding. */
  setFloodingUnstoppable(unstoppable: boolean): void {
    if (this.redirects.setFloodingUnstoppable(unstoppable)) this.#refreshRedirects();
  }

  /** Notes that Open vSwitch could not make or change the port. */
  refusePort(name: string, reason: Condition): void {
    this.#verdictsChanged(this.wanted.refuse(name, reason));
  }

  /** @param reason Why the switch refuses a flow of the TrafficControl. Without one, its flows are to be tried again. */
  refuseFlows(name: string, reason: Condition | undefined): void {
    if (reason) this.refusedFlows.set(name, reason);
    else this.refusedFlows.delete(name);
    this.pending.add(name);
    this.#dirtyPodsOf(name);
  }

  #refreshRedirects(): void {
    this.datapath.loopsChanged();
    const redirects = [...this.controls.values()]
      .filter(({ treatment }) => pairsOf(treatment).length > 0);
    this.#refreshAll(redirects.map(({ name }) => name));
  }

  /** Judges the ports that may have changed since the last time. @returns Those that should be on the bridge. */
  judgePorts(hindrance?: Hindrance): Map<string, JudgedPort> {
    this.#resolvePods(); // the judgement must know all ports of Pods: such a port cannot be a target
    this.#compareMTUs();
    const { judged, ...changes } = this.wanted.judge(hindrance);
    this.#verdictsChanged(changes);
    return judged;
  }

  /** MTUs of the ports that are not Sluice's. */
  get mtus(): MTURange | undefined {
    this.#compareMTUs();
    return this.#mtus.range;
  }

  /** If the MTUs of the other ports have changed, judges all ports again: Sluice's ports follow those MTUs. */
  #compareMTUs(): void {
    if (this.#mtus.compare()) this.wanted.touchAll();
  }

  /** Names of Sluice's ports on the bridge that no TrafficControl and no flow needs any more. */
  leftovers(): string[] {
    return this.wanted.leftovers(this.datapath.portsInUse());
  }

  /** Brings `flows` up to date with all changes so far. @param now Milliseconds of a monotonic clock. */
  updateFlows(now: number): void {
    this.pending.computed();
    this.#resolvePods();
    for (const [key, { ports }] of this.#treatedPods.update()) {
      this.datapath.setPod(key, ports, now);
    }
    this.datapath.render();
  }

  #resolvePods(): void {
    for (const port of this.#treatedPods.resolve()) {
      if (this.wanted.claims.effective(port, true)) this.wanted.touch(port);
    }
  }

  treatedPod(pod: PodKey): TreatedPod | undefined {
    return this.#treatedPods.get(pod);
  }

  #acting(controls: ReadonlySet<string>): Control[] {
    const acting = (name: string) =>
      this.captured.control(name) ?? this.readiness.acting(this.controls.get(name));
    return [...controls].flatMap((name) => acting(name) ?? []);
  }

  /** Other Pods mean other flows. Only whether there are any decides about ports. */
  #selected({ pods, controls, turned }: SelectionChange): void {
    for (const pod of pods) this.#treatedPods.touch(pod);
    for (const control of controls) this.pending.add(control);
    for (const control of turned) this.#refresh(control);
  }

  /** Other readiness means other flows. Other conditions must only be reported. */
  #verdictsChanged({ readiness, conditions }: VerdictChanges): void {
    for (const name of readiness) this.#dirtyPodsOf(name);
    for (const name of [...readiness, ...conditions]) this.pending.add(name);
  }

  #refreshAll(controls: readonly string[]): void {
    for (const name of controls) {
      this.#refresh(name);
      this.#dirtyPodsOf(name);
    }
  }

  #refresh(name: string): void {
    const control = this.controls.get(name);
    if (!control) return;
    this.pending.add(name);
    const active = this.selection.selectsAny(name);
    if (this.readiness.refusal(control)) this.wanted.claims.delete(control);
    else this.wanted.claims.set(control, active);
    for (const { spec } of control.ports) this.wanted.touch(spec.name);
  }

  #forget(name: string): void {
    const control = this.controls.get(name);
    if (!control) return;
    this.pending.add(name);
    this.refusedFlows.delete(name);
    this.wanted.claims.delete(control);
    for (const { spec } of control.ports) this.wanted.touch(spec.name);
    this.#dirtyPodsOf(name);
  }

  #dirtyPodsOf(control: string): void {
    this.datapath.readinessChanged(this.controls.get(control)?.ports ?? []);
    for (const pod of this.selection.podsOf(control)) this.#treatedPods.touch(pod);
  }
}
