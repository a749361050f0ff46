/**
 * Desired state, kept up to date event by event: objects and bridge ports in, wanted ports and flows out. Pure: it
 * reads no clock and no socket. docs/architecture.md tells the order of a round.
 * @module
 */
import type { Pipeline, Resolver } from "../contracts/mod.ts";
import { type BridgePort, BridgePorts } from "./ports/bridge_ports.ts";
import { type MTURange, mtuRange } from "./ports/mtu.ts";
import { Claims } from "./refusals/conflicts.ts";
import type { Condition } from "../contracts/condition.ts";
import {
  type Control,
  type NamespaceObject,
  type PodKey,
  podKey,
  type PodObject,
} from "../objects/types.ts";
import { Datapath } from "./flows/datapath.ts";
import { FlowSet } from "./flows/flow_set.ts";
import { LocalPods, PortUsers, selectable } from "./pods/local_pods.ts";
import { Pending } from "./pending.ts";
import { place, type Placed } from "./pods/placement.ts";
import { pairsOf } from "./pods/treatments.ts";
import type { NodeSurroundings } from "./ports/surroundings.ts";
import { RedirectRefusals } from "./refusals/redirects.ts";
import { Selection } from "./pods/selection.ts";
import { TakenPlaces } from "./refusals/taken_places.ts";
import { type JudgedPort, WantedPorts } from "./ports/wanted.ts";

export interface ModelOptions {
  readonly resolvers: readonly Resolver[];
  readonly pipeline: Pipeline;
  /** Pods with another `nodeName` are not ours. */
  readonly node?: string;
  readonly surroundings: NodeSurroundings;
}

export class Model {
  readonly flows = new FlowSet();
  readonly ports = new BridgePorts<PodKey>();
  readonly pods: LocalPods;
  readonly datapath: Datapath;
  readonly controls = new Map<string, Control>();
  readonly claims = new Claims((name) => {
    this.#refresh(name);
    this.#dirtyPodsOf(name);
  });
  readonly selection = new Selection((pod, control) => this.#selected(pod, control));
  readonly wanted: WantedPorts;
  readonly redirects = new RedirectRefusals(
    (name) => this.ports.named(name),
    () => this.#refreshRedirects(),
  );
  readonly pending = new Pending();
  readonly places: TakenPlaces;
  readonly #placed = new Map<PodKey, Placed>();
  readonly #portUsers = new PortUsers();
  #unresolvedPods = new Set<PodKey>();
  #dirtyPods = new Set<PodKey>();
  #goneNumbers = new Set<number>();
  readonly #options: ModelOptions;
  /** Of other people's ports. */
  #mtus: MTURange | undefined;
  #mtusMayDiffer = false;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.places = new TakenPlaces(options.pipeline, () => this.wanted.touchAll());
    this.pods = new LocalPods(options.resolvers, this.ports);
    this.datapath = new Datapath(options.pipeline, {
      flows: this.flows,
      ofport: (port) => this.ofport(port),
      loops: (ports) => this.redirects.through(ports) !== undefined,
    });
    const surroundings = {
      ...options.surroundings,
      onBridge: (name: string) => this.ports.named(name),
      isPodPort: (name: string) => this.#portUsers.has(name),
      bridgeMTUs: () => this.#mtus,
      placeTaken: (ofport: number) => this.places.by(ofport),
    };
    this.wanted = new WantedPorts(surroundings, (control) => {
      this.pending.add(control);
      this.#dirtyPodsOf(control);
    });
  }

  ofport(port: string): number | undefined {
    return this.ports.named(port)?.ofport;
  }

  // --- Objects ---

  setControl(control: Control): void {
    this.#forget(control.name);
    this.controls.set(control.name, control);
    this.claims.set(control);
    this.selection.setControl(control.name, control.object.appliedTo);
    this.#refresh(control.name);
    this.#dirtyPodsOf(control.name);
  }

  deleteControl(name: string): void {
    this.#forget(name);
    this.controls.delete(name);
    this.claims.delete(name);
    this.selection.deleteControl(name);
  }

  setPod(pod: PodObject): void {
    if (!selectable(pod, this.#options.node)) return this.deletePod(podKey(pod));
    this.pods.set(pod);
    this.#unresolvedPods.add(podKey(pod));
    this.selection.setPod(pod);
  }

  /** Every Pod's ports are found anew. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.pods.useResolvers(resolvers);
    for (const key of this.pods.keys()) this.#unresolvedPods.add(key);
  }

  deletePod(key: PodKey): void {
    if (!this.pods.get(key)) return;
    this.selection.deletePod(key);
    this.#portUsers.set(key, []);
    for (const sharing of this.pods.delete(key)) this.#dirtyPods.add(sharing);
    this.#unresolvedPods.delete(key);
    this.#dirtyPods.add(key);
  }

  setNamespace(namespace: NamespaceObject): void {
    this.selection.setNamespace(namespace);
  }
  deleteNamespace(name: string): void {
    this.selection.deleteNamespace(name);
  }

  // --- The bridge ---

  /** @param port Nothing when it went away. */
  setPort(name: string, port: BridgePort | undefined): void {
    const before = this.ports.named(name);
    for (const pod of this.ports.set(name, port)) this.#unresolvedPods.add(pod);
    for (const pod of this.#portUsers.of(name)) this.#dirtyPods.add(pod);
    this.wanted.setOurs(name, port?.ours ?? false);
    this.#mtusMayDiffer ||= !port?.ours || !before?.ours;
    if (before?.ofport !== port?.ofport) this.#renumbered(name, before?.ofport);
    this.wanted.touch(name);
  }

  #renumbered(name: string, before: number | undefined): void {
    this.datapath.portChanged(name);
    if (before !== undefined) this.#goneNumbers.add(before);
  }

  /** Port numbers that mean nothing now, or another port, since the last time. */
  takeGoneNumbers(): ReadonlySet<number> {
    const gone = this.#goneNumbers;
    this.#goneNumbers = new Set();
    return gone;
  }
  /** They could not be dealt with. */
  returnGoneNumbers(gone: ReadonlySet<number>): void {
    for (const number of gone) this.#goneNumbers.add(number);
  }

  #refreshRedirects(): void {
    this.datapath.drainsChanged();
    for (const { name, treatment } of this.controls.values()) {
      if (pairsOf(treatment).length === 0) continue;
      this.#refresh(name);
      this.#dirtyPodsOf(name);
    }
  }

  // --- A round ---

  /** Ports to judge since the last time, with who claims each, if it should be on the bridge. */
  judgePorts(): Map<string, JudgedPort> {
    this.#resolvePods(); // a Pod's port is nobody's target
    this.#compareMTUs();
    return this.wanted.judge();
  }

  /** Those of other people's ports. */
  get mtus(): MTURange | undefined {
    this.#compareMTUs();
    return this.#mtus;
  }

  /** Our ports follow the others. */
  #compareMTUs(): void {
    if (!this.#mtusMayDiffer) return;
    this.#mtusMayDiffer = false;
    const before = this.#mtus;
    this.#mtus = mtuRange(this.ports);
    if (JSON.stringify(before) !== JSON.stringify(this.#mtus)) this.wanted.touchAll();
  }

  /** Names of ports of ours on the bridge that nobody needs any more. */
  leftovers(): string[] {
    return this.wanted.leftovers(this.datapath.portsInUse());
  }

  /** Brings `flows` up to date. @param now Milliseconds of a monotonic clock. */
  placePods(now: number): void {
    this.pending.place();
    this.#resolvePods();
    for (const key of this.#dirtyPods) this.#placePod(key, now);
    this.#dirtyPods.clear();
    this.datapath.render();
  }

  #resolvePods(): void {
    for (const key of this.#unresolvedPods) {
      for (const sharing of this.pods.resolve(key)) this.#dirtyPods.add(sharing);
      const ports = this.pods.whereabouts(key).attachments.map(({ port }) => port);
      this.#portUsers.set(key, ports);
      for (const port of ports) {
        if (this.wanted.usage.wanted(port, true)) this.wanted.touch(port);
      }
      this.#dirtyPods.add(key);
    }
    this.#unresolvedPods.clear();
  }

  #placePod(key: PodKey, now: number): void {
    const placed = place(key, {
      pods: this.pods,
      port: (name) => this.ports.named(name),
      controls: (pod) => this.#readyControls(pod),
    });
    this.#placed.set(key, placed);
    if (!this.pods.get(key)) this.#placed.delete(key);
    this.datapath.setPod(key, placed.placements, now);
  }

  placed(pod: PodKey): Placed | undefined {
    return this.#placed.get(pod);
  }

  /** Controls that select the Pod and have all that they need. */
  #readyControls(pod: PodKey): Control[] {
    return [...this.selection.controlsOf(pod)]
      .map((name) => this.controls.get(name))
      .filter((control) => control !== undefined)
      .filter((control) => this.isReady(control));
  }

  /** Why nothing at all is done for it, if so. */
  refusal(control: Control): Condition | undefined {
    return this.claims.refusal(control.name) ?? this.redirects.of(control);
  }

  isReady(control: Control): boolean {
    return !this.refusal(control) &&
      control.ports.every(({ spec }) => this.wanted.isReady(spec.name));
  }

  /** All that it asks for is in the switch; where nothing is selected, that is nothing. */
  isRealized(control: Control): boolean {
    return !this.pending.has(control.name) && !this.refusal(control) &&
      control.ports.every(({ spec: { name } }) =>
        this.wanted.isReady(name) || !this.wanted.isWanted(name)
      );
  }

  // --- What concerns what ---

  #selected(pod: PodKey, control: string): void {
    this.#dirtyPod(pod);
    this.#refresh(control);
  }

  #refresh(name: string): void {
    const control = this.controls.get(name);
    if (!control) return;
    this.pending.add(name);
    const active = this.selection.podsOf(name).size > 0;
    if (this.refusal(control)) this.wanted.usage.delete(control);
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
    for (const pod of this.selection.podsOf(control)) this.#dirtyPod(pod);
  }

  /** Pods that share a MAC are treated alike: see `place`. */
  #dirtyPod(pod: PodKey): void {
    this.#dirtyPods.add(pod);
    for (const { macs } of this.pods.whereabouts(pod).attachments) {
      for (const mac of macs) this.pods.withMAC(mac).forEach((other) => this.#dirtyPods.add(other));
    }
  }
}
