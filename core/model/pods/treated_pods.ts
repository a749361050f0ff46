/**
 * What is done to the packets of the node's Pods, computed again for a Pod when something about it may have changed.
 * @module
 */
import type { Resolver } from "../../contracts/mod.ts";
import { type Control, type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import type { BridgePort, BridgePorts } from "../ports/bridge_ports.ts";
import { LocalPods } from "./local_pods.ts";
import { PodPorts } from "./pod_ports.ts";
import { type TreatedPod, treatPod } from "./treated_pod.ts";

export interface TreatedPodsOptions {
  readonly resolvers: readonly Resolver[];
  readonly ports: BridgePorts<PodKey>;
  /** TrafficControls that select the Pod and are ready to be realized. */
  readonly controls: (pod: PodKey) => readonly Control[];
}

export class TreatedPods {
  readonly pods: LocalPods;
  readonly #options: TreatedPodsOptions;
  readonly #podPorts = new PodPorts();
  readonly #treated = new Map<PodKey, TreatedPod>();
  /** Pods whose ports must be asked for again. */
  #unresolved = new Set<PodKey>();
  /** Pods for which `update` must compute again what is done to their packets. */
  #dirty = new Set<PodKey>();

  constructor(options: TreatedPodsOptions) {
    this.#options = options;
    this.pods = new LocalPods(options.resolvers, options.ports);
  }

  set(pod: PodObject): void {
    this.pods.set(pod);
    this.#unresolved.add(podKey(pod));
  }

  delete(key: PodKey): void {
    this.#podPorts.set(key, []);
    for (const sharing of this.pods.delete(key)) this.#dirty.add(sharing);
    this.#unresolved.delete(key);
    this.#dirty.add(key);
  }

  /** From now on these resolvers find the ports of all Pods. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.pods.useResolvers(resolvers);
    for (const key of this.pods.keys()) this.#unresolved.add(key);
  }

  /** @param port The port as OVSDB shows it; nothing if it is gone. */
  setPort(name: string, port: BridgePort | undefined): void {
    for (const pod of this.#options.ports.set(name, port)) this.#unresolved.add(pod);
    for (const pod of this.#podPorts.podsWith(name)) this.#dirty.add(pod);
  }

  isPodPort(name: string): boolean {
    return this.#podPorts.isPodPort(name);
  }

  /** Notes that something about the Pod may have changed. Pods with the same MAC depend on it, too: see `treatPod`. */
  touch(pod: PodKey): void {
    this.#dirty.add(pod);
    for (const { macs } of this.pods.locationOf(pod).attachments) {
      for (const mac of macs) this.pods.withMAC(mac).forEach((other) => this.#dirty.add(other));
    }
  }

  /**
   * Asks the resolvers again for the ports of Pods that may have changed.
   *
   * @returns Names of the ports that were found.
   */
  resolve(): string[] {
    const found: string[] = [];
    for (const key of this.#unresolved) {
      for (const sharing of this.pods.resolve(key)) this.#dirty.add(sharing);
      const ports = this.pods.locationOf(key).attachments.map(({ port }) => port);
      this.#podPorts.set(key, ports);
      found.push(...ports);
      this.#dirty.add(key);
    }
    this.#unresolved.clear();
    return found;
  }

  /**
   * Computes again what is done to Pods that may have changed.
   *
   * @returns Those Pods; a Pod that is gone has no ports.
   */
  update(): ReadonlyMap<PodKey, TreatedPod> {
    const again = new Map<PodKey, TreatedPod>();
    const { ports, controls } = this.#options;
    for (const key of this.#dirty) {
      const treated = treatPod(key, {
        pods: this.pods,
        port: (name) => ports.named(name),
        controls,
      });
      if (this.pods.get(key)) this.#treated.set(key, treated);
      else this.#treated.delete(key);
      again.set(key, treated);
    }
    this.#dirty.clear();
    return again;
  }

  /** What the last `update` computed for the Pod. */
  get(pod: PodKey): TreatedPod | undefined {
    return this.#treated.get(pod);
  }
}
