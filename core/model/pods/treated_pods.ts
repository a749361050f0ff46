/**
 * What is done to the packets of the node's Pods, computed again for a Pod when something about it may have changed.
 * @module
 */
import type { Resolver } from "../../contracts/mod.ts";
import { type Control, type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import type { BridgePort } from "../ports/bridge_ports.ts";
import { LocalPods, type LocalPodsOptions } from "./local_pods.ts";
import { PodPorts } from "./pod_ports.ts";
import { type TreatedPod, treatPod } from "./treated_pod.ts";

export interface TreatedPodsOptions extends LocalPodsOptions {
  /** Names of the TrafficControls that select the Pod: one and the same set for Pods that are alike. */
  readonly selecting: (pod: PodKey) => ReadonlySet<string>;
  /** Those of these TrafficControls that act now, each as it acts: one that is blocked drops packets. */
  readonly acting: (names: ReadonlySet<string>) => readonly Control[];
  /** Is called with Pods that may have other ports than before. */
  readonly onMoved?: (pods: ReadonlySet<PodKey>) => void;
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
  /** Those of them for which the Pods that depend on them are noted, too. */
  #touched = new Set<PodKey>();

  constructor(options: TreatedPodsOptions) {
    this.#options = options;
    this.pods = new LocalPods(options);
  }

  set(pod: PodObject): void {
    this.pods.set(pod);
    this.#unresolved.add(podKey(pod));
  }

  delete(key: PodKey): void {
    this.#moved(this.pods.delete(key));
    this.#unresolved.delete(key);
  }

  /** From now on these resolvers find the ports of all Pods. @param marking See `LocalPodsOptions`. */
  useResolvers(resolvers: readonly Resolver[], marking?: readonly Resolver[]): void {
    this.pods.useResolvers(resolvers, marking);
    for (const key of this.pods.keys()) this.#unresolved.add(key);
  }

  /** @param port The port as OVSDB shows it; nothing if it is gone. */
  setPort(name: string, port: BridgePort | undefined): void {
    for (const pod of this.#options.ports.set(name, port)) this.#unresolved.add(pod);
    for (const pod of this.#podPorts.podsWith(name)) this.touch(pod);
  }

  isPodPort(name: string): boolean {
    return this.#podPorts.isPodPort(name);
  }

  /** Notes that something about the Pod may have changed. Pods with the same MAC or IP depend on it, too: see `treatPod`. */
  touch(pod: PodKey): void {
    if (this.#touched.has(pod)) return;
    this.#touched.add(pod);
    this.#dirty.add(pod);
    for (const { macs, ips } of this.pods.locationOf(pod).attachments) {
      for (const mac of macs) this.pods.withMAC(mac).forEach((other) => this.#dirty.add(other));
      for (const ip of ips) this.pods.withIP(ip).forEach((other) => this.#dirty.add(other));
    }
  }

  /**
   * Asks the resolvers again for the ports of Pods that may have changed.
   *
   * @returns Names of the ports that were found.
   */
  resolve(): string[] {
    const found = [...this.#unresolved].flatMap((key) => this.#moved(this.pods.resolve(key)));
    this.#unresolved.clear();
    return found;
  }

  /** Notes where Pods are now. @returns Names of their ports. */
  #moved(pods: ReadonlySet<PodKey>): string[] {
    const ports = [...pods].flatMap((key) => {
      this.#touched.delete(key);
      const ports = this.pods.locationOf(key).attachments.map(({ port }) => port);
      this.#podPorts.set(key, ports);
      this.#dirty.add(key);
      return ports;
    });
    this.#options.onMoved?.(pods);
    return ports;
  }

  /**
   * Computes again what is done to Pods that may have changed.
   *
   * @returns Those Pods; a Pod that is gone has no ports.
   */
  update(): ReadonlyMap<PodKey, TreatedPod> {
    const again = new Map<PodKey, TreatedPod>();
    const { ports } = this.#options;
    const controls = actingControls(this.#options);
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
    this.#touched.clear();
    return again;
  }

  /** What the last `update` computed for the Pod. */
  get(pod: PodKey): TreatedPod | undefined {
    return this.#treated.get(pod);
  }
}

/**
 * The acting TrafficControls that select a Pod: the same list for all Pods with the same ones, so that `combine` remembers what
 * it combines them to.
 */
function actingControls(
  { selecting, acting }: TreatedPodsOptions,
): (pod: PodKey) => readonly Control[] {
  const ofSets = new Map<ReadonlySet<string>, readonly Control[]>();
  const lists = new Map<string, readonly Control[]>();
  return (pod) =>
    ofSets.getOrInsertComputed(selecting(pod), (names) => {
      const list = acting(names);
      return lists.getOrInsert(list.map(({ name }) => name).join(), list);
    });
}
