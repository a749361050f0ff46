/** The Pods' ports to which the bridge sends broadcast and multicast, and what is done to the packets they receive. @module */
import { canonical } from "../../base/canonical.ts";
import type { PodKey } from "../../objects/types.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";

/** Key of the part with the rows for packets that the bridge sends to many ports. */
export const FLOOD_PART = "flood";
/** Key of the part with the rows that find the VLAN of a packet to an IP that several Pods have. */
export const VLAN_PART = "vlans";

export type TreatedReceiver = TreatedPort & Required<Pick<TreatedPort, "ingress">>;

/** If the CNI routes, the bridge does not flood packets to the Pods. */
const receives = (port: TreatedPort): port is TreatedReceiver =>
  port.match === "mac" && port.ingress !== undefined;

/** Whether both are the same for packets that are flooded. */
function isSame(one: readonly TreatedReceiver[], other: readonly TreatedReceiver[]): boolean {
  const said = (ports: readonly TreatedReceiver[]) =>
    canonical(
      ports.map(({ port, vlans, egress, ingress }) => [port, vlans, egress?.id, ingress.id]),
    );
  return said(one) === said(other);
}

export class FloodReceivers {
  readonly #ports = new Map<PodKey, readonly TreatedReceiver[]>();
  readonly #sharing = new Set<PodKey>();
  readonly #dirty: Set<string>;

  /** @param dirty Keys of the parts whose flows must be written again. */
  constructor(dirty: Set<string>) {
    this.#dirty = dirty;
  }

  get list(): TreatedReceiver[] {
    return [...this.#ports.values()].flat();
  }

  /** Whether a Pod has an IP that another Pod has, too. */
  get shareIPs(): boolean {
    return this.#sharing.size > 0;
  }

  /** Takes the ports of a Pod. */
  set(pod: PodKey, ports: readonly TreatedPort[]): void {
    if (ports.some(({ sharedIPs, ingress }) => sharedIPs && ingress)) this.#sharing.add(pod);
    else this.#sharing.delete(pod);
    this.#dirty.add(VLAN_PART);
    const receiving = ports.filter(receives);
    if (isSame(this.#ports.get(pod) ?? [], receiving)) return;
    if (receiving.length > 0) this.#ports.set(pod, receiving);
    else this.#ports.delete(pod);
    this.touch();
  }

  /** The rows must be written again. */
  touch(): void {
    this.#dirty.add(FLOOD_PART);
    this.#dirty.add(VLAN_PART);
  }
}
