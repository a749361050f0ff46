/** The node's Pods that can be selected, and where they are on the bridge. @module */
import type { Attachment, Resolver } from "../../contracts/mod.ts";
import type { BridgePorts } from "../ports/bridge_ports.ts";
import { type Condition, condition } from "../../contracts/condition.ts";
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";

const FINISHED: ReadonlySet<string | undefined> = new Set(["Succeeded", "Failed"]);

/** Host-network Pods have no port of their own; finished ones have none any more. */
export function selectable(pod: PodObject, node: string | undefined): boolean {
  const local = pod.nodeName === undefined || node === undefined || pod.nodeName === node;
  return local && !pod.hostNetwork && !FINISHED.has(pod.phase);
}

/** Where a Pod is, or why that is not known. */
export interface Whereabouts {
  readonly attachments: readonly Attachment[];
  readonly condition?: Condition;
}

const NOWHERE: Whereabouts = { attachments: [] };

export class LocalPods {
  #pods = new Map<PodKey, PodObject>();
  #whereabouts = new Map<PodKey, Whereabouts>();
  #byMAC = new Map<string, Set<PodKey>>();
  #resolvers: readonly Resolver[];
  readonly #ports: BridgePorts<PodKey>;

  constructor(resolvers: readonly Resolver[], ports: BridgePorts<PodKey>) {
    this.#resolvers = resolvers;
    this.#ports = ports;
  }

  /** From the next `resolve` on. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.#resolvers = resolvers;
  }

  keys(): IterableIterator<PodKey> {
    return this.#pods.keys();
  }
  get(key: PodKey): PodObject | undefined {
    return this.#pods.get(key);
  }
  whereabouts(key: PodKey): Whereabouts {
    return this.#whereabouts.get(key) ?? NOWHERE;
  }

  /** Pods that have the MAC, lower case; more than one means that it identifies none. */
  withMAC(mac: string): ReadonlySet<PodKey> {
    return this.#byMAC.get(mac) ?? new Set();
  }

  set(pod: PodObject): void {
    this.#pods.set(podKey(pod), pod);
  }

  /** @returns Pods that shared a MAC with it. */
  delete(key: PodKey): ReadonlySet<PodKey> {
    this.#pods.delete(key);
    this.#ports.forget(key);
    return this.#place(key, NOWHERE);
  }

  /**
   * Finds the Pod's ports again.
   *
   * @returns Pods that share a MAC with it, or did.
   */
  resolve(key: PodKey): ReadonlySet<PodKey> {
    const pod = this.#pods.get(key);
    if (!pod) return new Set();
    return this.#place(key, this.#ports.askedBy(key, () => this.#find(pod)));
  }

  /** Each Pod gets the first resolver that finds its port. */
  #find(pod: PodObject): Whereabouts {
    for (const resolver of this.#resolvers) {
      try {
        const attachments = resolver.resolve(pod, this.#ports);
        if (attachments.length > 0) return { attachments };
      } catch (error) {
        const message = `Resolver "${resolver.name}": ${(error as Error).message}`;
        return { attachments: [], condition: condition("ResolverFailed", message) };
      }
    }
    const message = `No resolver finds a port of Pod "${podKey(pod)}" on the bridge`;
    const cure = "is it there, or does it need the annotation sluice.dev/ovs-port?";
    return { attachments: [], condition: condition("NoPort", message, cure) };
  }

  #place(key: PodKey, whereabouts: Whereabouts): ReadonlySet<PodKey> {
    const macs = (place: Whereabouts) => new Set(place.attachments.flatMap((a) => a.macs));
    const before = macs(this.whereabouts(key));
    const after = macs(whereabouts);
    const changed = [...before.symmetricDifference(after)];
    for (const mac of changed) {
      const having = this.#byMAC.get(mac) ?? new Set();
      if (after.has(mac)) having.add(key);
      else having.delete(key);
      if (having.size > 0) this.#byMAC.set(mac, having);
      else this.#byMAC.delete(mac);
    }
    if (whereabouts === NOWHERE) this.#whereabouts.delete(key);
    else this.#whereabouts.set(key, whereabouts);
    return new Set(changed.flatMap((mac) => [...this.withMAC(mac)]));
  }
}

export class PortUsers {
  readonly #pods = new Map<string, Set<PodKey>>();
  readonly #ports = new Map<PodKey, readonly string[]>();

  /** These are the Pod's ports from now on, and no others. */
  set(pod: PodKey, ports: readonly string[]): void {
    for (const port of this.#ports.get(pod) ?? []) this.#remove(port, pod);
    for (const port of ports) this.#pods.set(port, this.of(port).add(pod));
    if (ports.length > 0) this.#ports.set(pod, ports);
    else this.#ports.delete(pod);
  }

  #remove(port: string, pod: PodKey): void {
    const pods = this.#pods.get(port);
    pods?.delete(pod);
    if (pods?.size === 0) this.#pods.delete(port);
  }

  has(port: string): boolean {
    return this.#pods.has(port);
  }
  of(port: string): Set<PodKey> {
    return this.#pods.get(port) ?? new Set();
  }
}
