/** The Pods' ports to which the bridge sends broadcast and multicast, and what is done to the packets they receive. @module */
import { canonical } from "../../base/canonical.ts";
import type { PodKey } from "../../objects/types.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";

/** Key of the part with the rows for packets that the bridge sends to many ports. */
export const FLOOD_PART = "flood";

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
  readonly #dirty: Set<string>;

  /** @param dirty Keys of the parts whose flows must be written again. */
  constructor(dirty: Set<string>) {
    this.#dirty = dirty;
  }

  get list(): TreatedReceiver[] {
    return [...this.#ports.values()].flat();
  }

  /** Takes the ports of a Pod. */
  set(pod: PodKey, ports: readonly TreatedPort[]): void {
    const receiving = ports.filter(receives);
    if (isSame(this.#ports.get(pod) ?? [], receiving)) return;
    if (receiving.length > 0) this.#ports.set(pod, receiving);
    else this.#ports.delete(pod);
    this.touch();
  }

  /** The rows must be written again. */
  touch(): void {
    this.#dirty.add(FLOOD_PART);
  }
}
