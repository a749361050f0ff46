/** The node's Pods that TrafficControls can select, and their ports on the bridge. @module */
import type { Attachment, Resolver } from "../../contracts/mod.ts";
import type { BridgePorts } from "../ports/bridge_ports.ts";
import { type Condition, condition } from "../../contracts/condition.ts";
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";

const FINISHED: ReadonlySet<string | undefined> = new Set(["Succeeded", "Failed"]);

/**
 * Whether TrafficControls can select the Pod: it is on this node and has a port of its own. A host-network Pod has none,
 * and a finished Pod has none any more.
 *
 * @param node Name of this node; if it is absent, every Pod is taken for local.
 */
export function selectable(pod: PodObject, node: string | undefined): boolean {
  const local = pod.nodeName === undefined || node === undefined || pod.nodeName === node;
  return local && !pod.hostNetwork && !FINISHED.has(pod.phase);
}

/** The ports of a Pod on the bridge, or why they are not known. */
export interface PodLocation {
  readonly attachments: readonly Attachment[];
  readonly condition?: Condition;
}

const NOWHERE: PodLocation = { attachments: [] };

export class LocalPods {
  #pods = new Map<PodKey, PodObject>();
  #locations = new Map<PodKey, PodLocation>();
  #byMAC = new Map<string, Set<PodKey>>();
  #resolvers: readonly Resolver[];
  readonly #ports: BridgePorts<PodKey>;

  constructor(resolvers: readonly Resolver[], ports: BridgePorts<PodKey>) {
    this.#resolvers = resolvers;
    this.#ports = ports;
  }

  /** The next call of `resolve` asks these resolvers. */
  useResolvers(resolvers: readonly Resolver[]): void {
    this.#resolvers = resolvers;
  }

  keys(): IterableIterator<PodKey> {
    return this.#pods.keys();
  }
  get(key: PodKey): PodObject | undefined {
    return this.#pods.get(key);
  }
  locationOf(key: PodKey): PodLocation {
    return this.#locations.get(key) ?? NOWHERE;
  }

  /** Pods that have the MAC. If several have it, it identifies none of them. @param mac In lower case. */
  withMAC(mac: string): ReadonlySet<PodKey> {
    return this.#byMAC.get(mac) ?? new Set();
  }

  set(pod: PodObject): void {
    this.#pods.set(podKey(pod), pod);
  }

  /** @returns The Pods that shared a MAC with the deleted Pod. */
  delete(key: PodKey): ReadonlySet<PodKey> {
    this.#pods.delete(key);
    this.#ports.forget(key);
    return this.#setLocation(key, NOWHERE);
  }

  /**
   * Asks the resolvers for the Pod's ports again.
   *
   * @returns The Pods that share a MAC with this Pod now, or shared one before.
   */
  resolve(key: PodKey): ReadonlySet<PodKey> {
    const pod = this.#pods.get(key);
    if (!pod) return new Set();
    return this.#setLocation(key, this.#ports.askedBy(key, () => this.#find(pod)));
  }

  /** The ports that the first resolver finds; resolvers after it are not asked. */
  #find(pod: PodObject): PodLocation {
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

  #setLocation(key: PodKey, location: PodLocation): ReadonlySet<PodKey> {
    const macs = (at: PodLocation) => new Set(at.attachments.flatMap((a) => a.macs));
    const before = macs(this.locationOf(key));
    const after = macs(location);
    const changed = [...before.symmetricDifference(after)];
    for (const mac of changed) {
      const having = this.#byMAC.get(mac) ?? new Set();
      if (after.has(mac)) having.add(key);
      else having.delete(key);
      if (having.size > 0) this.#byMAC.set(mac, having);
      else this.#byMAC.delete(mac);
    }
    if (location === NOWHERE) this.#locations.delete(key);
    else this.#locations.set(key, location);
    return new Set(changed.flatMap((mac) => [...this.withMAC(mac)]));
  }
}
