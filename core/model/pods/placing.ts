/** The node's Pods, each placed again when something about it may have changed. @module */
import type { Resolver } from "../../contracts/mod.ts";
import { type Control, type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import type { BridgePort, BridgePorts } from "../ports/bridge_ports.ts";
import { LocalPods, PortUsers } from "./local_pods.ts";
import { place, type Placed } from "./placement.ts";

export interface PlacingOptions {
  readonly resolvers: readonly Resolver[];
  readonly ports: BridgePorts<PodKey>;
  /** TrafficControls that select the Pod and can be realized. */
  readonly controls: (pod: PodKey) => readonly Control[];
}

export class Placing {
  readonly pods: LocalPods;
  readonly #options: PlacingOptions;
  readonly #portUsers = new PortUsers();
  readonly #placed = new Map<PodKey, Placed>();
  /** Pods whose ports must be found again. */
  #unresolved = new Set<PodKey>();
  /** Pods that must be placed again. */
  #dirty = new Set<PodKey>();

  constructor(options: PlacingOptions) {
    this.#options = options;
    this.pods = new LocalPods(options.resolvers, options.ports);
  }

  set(pod: PodObject): void {
    this.pods.set(pod);
    this.#unresolved.add(podKey(pod));
  }

  delete(key: PodKey): void {
    this.#portUsers.set(key, []);
    for (const sharing of this.pods.delete(key)) this.#dirty.add(sharing);
    this.#unresolved.delete(key);
    this.#dirty.add(key);
  }

  /** Every Pod's ports are found again. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.pods.useResolvers(resolvers);
    for (const key of this.pods.keys()) this.#unresolved.add(key);
  }

  /** @param port Nothing when it went away. */
  setPort(name: string, port: BridgePort | undefined): void {
    for (const pod of this.#options.ports.set(name, port)) this.#unresolved.add(pod);
    for (const pod of this.#portUsers.of(name)) this.#dirty.add(pod);
  }

  isPodPort(name: string): boolean {
    return this.#portUsers.has(name);
  }

  /** Something about the Pod may be different. Pods that share a MAC with it are treated alike: see `place`. */
  touch(pod: PodKey): void {
    this.#dirty.add(pod);
    for (const { macs } of this.pods.whereabouts(pod).attachments) {
      for (const mac of macs) this.pods.withMAC(mac).forEach((other) => this.#dirty.add(other));
    }
  }

  /** Finds the ports of Pods again, where that is needed. @returns Names of the ports that were found. */
  resolve(): string[] {
    const found: string[] = [];
    for (const key of this.#unresolved) {
      for (const sharing of this.pods.resolve(key)) this.#dirty.add(sharing);
      const ports = this.pods.whereabouts(key).attachments.map(({ port }) => port);
      this.#portUsers.set(key, ports);
      found.push(...ports);
      this.#dirty.add(key);
    }
    this.#unresolved.clear();
    return found;
  }

  /** Places Pods again, where that is needed. @returns Those Pods; one that is gone has no placements. */
  place(): ReadonlyMap<PodKey, Placed> {
    const again = new Map<PodKey, Placed>();
    const { ports, controls } = this.#options;
    for (const key of this.#dirty) {
      const placed = place(key, { pods: this.pods, port: (name) => ports.named(name), controls });
      if (this.pods.get(key)) this.#placed.set(key, placed);
      else this.#placed.delete(key);
      again.set(key, placed);
    }
    this.#dirty.clear();
    return again;
  }

  /** What came of it last. */
  placed(pod: PodKey): Placed | undefined {
    return this.#placed.get(pod);
  }
}
