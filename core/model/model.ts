/**
 * Desired state of one bridge, kept up to date event by event: objects and bridge ports in, wanted ports and flows
 * out. Pure: it reads no clock and no socket, and calls nobody back. docs/architecture.md tells the order of a round.
 * @module
 */
import type { Condition } from "../contracts/condition.ts";
import type { Resolver } from "../contracts/mod.ts";
import {
  type Control,
  type NamespaceObject,
  type PodKey,
  podKey,
  type PodObject,
} from "../objects/types.ts";
import { Datapath } from "./flows/datapath.ts";
import { FlowSet } from "./flows/flow_set.ts";
import { Pending } from "./pending.ts";
import { type LocalPods, selectable } from "./pods/local_pods.ts";
import type { Placed } from "./pods/placement.ts";
import { Placing } from "./pods/placing.ts";
import { Selection, type SelectionChange } from "./pods/selection.ts";
import { pairsOf } from "./pods/treatments.ts";
import { type BridgePort, BridgePorts } from "./ports/bridge_ports.ts";
import type { FarEndRow } from "./ports/far_end.ts";
import { GoneNumbers } from "./ports/gone_numbers.ts";
import { type MTURange, mtuRange } from "./ports/mtu.ts";
import type { NodeSurroundings } from "./ports/surroundings.ts";
import { type JudgedPort, WantedPorts } from "./ports/wanted.ts";
import { Readiness } from "./readiness.ts";
import { PortConflicts } from "./refusals/conflicts.ts";
import { RedirectRefusals } from "./refusals/redirects.ts";
import { TakenPlaces } from "./refusals/taken_places.ts";
import type { SwitchObservation } from "./switch_observation.ts";
import type { UsedPipeline } from "./flows/used_pipeline.ts";

export interface ModelOptions {
  readonly resolvers: readonly Resolver[];
  readonly pipeline: UsedPipeline;
  /** Pods with another `nodeName` are left out; absent: no Pod is. */
  readonly node?: string;
  readonly surroundings: NodeSurroundings;
}

export class Model {
  readonly flows = new FlowSet();
  readonly ports = new BridgePorts<PodKey>();
  readonly datapath: Datapath;
  readonly controls = new Map<string, Control>();
  readonly conflicts = new PortConflicts();
  readonly selection = new Selection();
  readonly wanted: WantedPorts;
  readonly redirects = new RedirectRefusals((name) => this.ports.named(name));
  readonly pending = new Pending();
  readonly places: TakenPlaces;
  readonly goneNumbers = new GoneNumbers();
  readonly readiness: Readiness;
  #pipeline: UsedPipeline;
  readonly #placing: Placing;
  readonly #node: string | undefined;
  /** Of the ports that are not Sluice's. */
  #mtus: MTURange | undefined;
  #mtusMayDiffer = false;

  constructor({ pipeline, resolvers, node, surroundings }: ModelOptions) {
    this.#node = node;
    this.#pipeline = pipeline;
    this.places = new TakenPlaces(pipeline);
    this.#placing = new Placing({
      resolvers,
      ports: this.ports,
      controls: (pod) => this.#readyControls(pod),
    });
    this.datapath = new Datapath(pipeline, {
      flows: this.flows,
      ofport: (port) => this.ofport(port),
      loops: (ports) => this.redirects.through(ports) !== undefined,
    });
    this.wanted = new WantedPorts({
      ...surroundings,
      onBridge: (name) => this.ports.named(name),
      isPodPort: (name) => this.#placing.isPodPort(name),
      bridgeMTUs: () => this.#mtus,
      placeTaken: (ofport) => this.places.by(ofport),
    });
    this.readiness = new Readiness(this);
  }

  get pipeline(): UsedPipeline {
    return this.#pipeline;
  }

  get pods(): LocalPods {
    return this.#placing.pods;
  }

  ofport(port: string): number | undefined {
    return this.ports.named(port)?.ofport;
  }

  // --- Objects ---

  setControl(control: Control): void {
    const { name } = control;
    this.#forget(name);
    this.controls.set(name, control);
    this.#refreshAll(this.conflicts.set(control));
    this.#selected(this.selection.setControl(name, control.object.appliedTo));
    this.#refreshAll([name]);
  }

  deleteControl(name: string): void {
    this.#forget(name);
    this.controls.delete(name);
    this.#refreshAll(this.conflicts.delete(name));
    this.#selected(this.selection.deleteControl(name));
  }

  setPod(pod: PodObject): void {
    if (!selectable(pod, this.#node)) return this.deletePod(podKey(pod));
    this.#placing.set(pod);
    this.#selected(this.selection.setPod(pod));
  }

  deletePod(key: PodKey): void {
    if (!this.pods.get(key)) return;
    this.#selected(this.selection.deletePod(key));
    this.#placing.delete(key);
  }

  setNamespace(namespace: NamespaceObject): void {
    this.#selected(this.selection.setNamespace(namespace));
  }
  deleteNamespace(name: string): void {
    this.#selected(this.selection.deleteNamespace(name));
  }

  /** Every Pod's ports are found anew. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.#placing.useResolvers(resolvers);
  }

  // --- The bridge ---

  /** Every flow is written anew; what the switch has in its tables must be observed before the next round writes. */
  usePipeline(pipeline: UsedPipeline): void {
    this.#pipeline = pipeline;
    this.places.usePipeline(pipeline);
    this.datapath.usePipeline(pipeline);
    this.wanted.touchAll();
    this.#refreshAll([...this.controls.keys()]);
  }

  /** @param port Nothing when it went away. */
  setPort(name: string, port: BridgePort | undefined): void {
    const before = this.ports.named(name);
    this.#placing.setPort(name, port);
    this.wanted.setOurs(name, port?.ours ?? false);
    this.#mtusMayDiffer ||= !port?.ours || !before?.ours;
    if (before?.ofport !== port?.ofport) {
      this.datapath.portChanged(name);
      if (before?.ofport !== undefined) this.goneNumbers.add(before.ofport);
    }
    this.wanted.touch(name);
  }

  /** @param row Nothing when it went away. */
  setFarEnd(port: string, row: FarEndRow | undefined): void {
    this.wanted.setFarEnd(port, row);
  }

  observe(seen: SwitchObservation): void {
    this.flows.observe(seen.flows);
    if (this.places.observe(seen.foreign)) this.wanted.touchAll();
    const differs = this.redirects.observe(seen.noRedirects, seen.noRedirectsWhileFlooding);
    if (differs) this.#refreshRedirects();
  }

  /** Whether the bridge refuses OpenFlow 1.0, by which alone a port is taken out of flooding. */
  setFloodingUnstoppable(unstoppable: boolean): void {
    if (this.redirects.setFloodingUnstoppable(unstoppable)) this.#refreshRedirects();
  }

  /** Open vSwitch could not make the port. */
  refusePort(name: string, reason: Condition): void {
    this.#portsChangedFor(this.wanted.refuse(name, reason));
  }

  #refreshRedirects(): void {
    this.datapath.drainsChanged();
    const redirects = [...this.controls.values()]
      .filter(({ treatment }) => pairsOf(treatment).length > 0);
    this.#refreshAll(redirects.map(({ name }) => name));
  }

  // --- A round ---

  /** Ports to judge since the last time, with who claims each, if it should be on the bridge. */
  judgePorts(): Map<string, JudgedPort> {
    this.#resolvePods(); // a Pod's port cannot be a target
    this.#compareMTUs();
    const { judged, changed } = this.wanted.judge();
    this.#portsChangedFor(changed);
    return judged;
  }

  /** MTUs of the ports that are not Sluice's. */
  get mtus(): MTURange | undefined {
    this.#compareMTUs();
    return this.#mtus;
  }

  /** Sluice's ports follow the MTUs of the other ports. */
  #compareMTUs(): void {
    if (!this.#mtusMayDiffer) return;
    this.#mtusMayDiffer = false;
    const before = this.#mtus;
    this.#mtus = mtuRange(this.ports);
    if (JSON.stringify(before) !== JSON.stringify(this.#mtus)) this.wanted.touchAll();
  }

  /** Names of Sluice's ports on the bridge that nothing needs any more. */
  leftovers(): string[] {
    return this.wanted.leftovers(this.datapath.portsInUse());
  }

  /** Brings `flows` up to date. @param now Milliseconds of a monotonic clock. */
  placePods(now: number): void {
    this.pending.place();
    this.#resolvePods();
    for (const [key, { placements }] of this.#placing.place()) {
      this.datapath.setPod(key, placements, now);
    }
    this.datapath.render();
  }

  #resolvePods(): void {
    for (const port of this.#placing.resolve()) {
      if (this.wanted.usage.wanted(port, true)) this.wanted.touch(port);
    }
  }

  placed(pod: PodKey): Placed | undefined {
    return this.#placing.placed(pod);
  }

  /** TrafficControls that select the Pod and have all that they need. */
  #readyControls(pod: PodKey): Control[] {
    return [...this.selection.controlsOf(pod)]
      .map((name) => this.controls.get(name))
      .filter((control) => control !== undefined)
      .filter((control) => this.readiness.isReady(control));
  }

  // --- What a change concerns ---

  #selected(changes: readonly SelectionChange[]): void {
    for (const { pod, control } of changes) {
      this.#placing.touch(pod);
      this.#refresh(control);
    }
  }

  /** A port of these TrafficControls became ready, or ceased to be. */
  #portsChangedFor(controls: Iterable<string>): void {
    for (const name of controls) {
      this.pending.add(name);
      this.#dirtyPodsOf(name);
    }
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
    const active = this.selection.podsOf(name).size > 0;
    if (this.readiness.refusal(control)) this.wanted.usage.delete(control);
    else this.wanted.usage.set(control, active);
    for (const { spec } of control.ports) this.wanted.touch(spec.name);
  }

  #forget(name: string): void {
    const control = this.controls.get(name);
    if (!control) return;
    this.pending.add(name);
    this.wanted.usage.delete(control);
    for (const { spec } of control.ports) this.wanted.touch(spec.name);
    this.#dirtyPodsOf(name);
  }

  #dirtyPodsOf(control: string): void {
    for (const pod of this.selection.podsOf(control)) this.#placing.touch(pod);
  }
}
