/** The packets that are sent through the rows of a pipeline. @module */
import { packet } from "./packet.ts";
import { type Direction, type HostName, HOSTS, POD_VLAN, portsOf, type World } from "./world.ts";

/** A packet to send: from which host to which, by IPv4 or IPv6, with or without a VLAN tag. */
export interface Trip {
  readonly from: HostName;
  readonly to: HostName;
  readonly version: 4 | 6;
  readonly tagged?: true;
}

const ETH_TYPE = { 4: 0x0800, 6: 0x86dd } as const;
const UDP = 17;
/** The tag of the Pod's VLAN, as in the field `vlan_vid`. */
const VLAN = 0x1000 | POD_VLAN;
/** If the CNI routes, frames to the Pod have the router's MAC as their destination. */
const ROUTER = "02:00:00:00:00:99";

/** The packet as it comes in. */
export function toPacket(
  { from, to, version, tagged }: Trip,
  { numbers, deliveryOf: isDelivered }: World,
) {
  const ports = portsOf(numbers);
  const [source, destination] = [HOSTS[from], HOSTS[to]];
  return packet({
    in_port: ports[from].ofport,
    eth_src: source.mac,
    eth_dst: to === "routed" && !isDelivered ? ROUTER : destination.mac,
    eth_type: ETH_TYPE[version],
    ip_proto: UDP,
    ...(version === 4
      ? { ip_src: source.ipv4, ip_dst: destination.ipv4 }
      : { ipv6_src: source.ipv6, ipv6_dst: destination.ipv6 }),
    ...(tagged && { vlan_vid: VLAN }),
  });
}

const PODS: readonly HostName[] = ["pod", "routed"];
const PEERS: readonly HostName[] = ["uplink", "neighbour"];
const VERSIONS = [4, 6] as const;

const between = (senders: readonly HostName[], receivers: readonly HostName[]): Trip[] =>
  senders.flatMap((from) =>
    receivers.flatMap((to) => VERSIONS.map((version) => ({ from, to, version })))
  );

/** Packets that must be treated, by the direction of the treatment. */
export const TREATED: Readonly<Record<Direction, readonly Trip[]>> = {
  egress: between(PODS, PEERS),
  ingress: [
    ...between(PEERS, PODS),
    { from: "uplink", to: "pod", version: 4, tagged: true },
  ],
  /** Sender and receiver both have the treatment; the packet must be treated once. */
  both: [...between(["pod"], ["routed"]), ...between(["routed"], ["pod"])],
};
/** Packets that must not be treated. */
export const UNTREATED: typeof TREATED = {
  egress: [...between(PEERS, PODS), ...between(["neighbour"], ["uplink"])],
  ingress: [...between(PODS, PEERS), ...between(["uplink"], ["neighbour"])],
  both: between(["neighbour"], ["uplink"]),
};

/** A packet, for messages. */
export const inWords = ({ from, to, version, tagged }: Trip) =>
  `${tagged ? "a tagged" : "an"} IPv${version} packet from ${from} to ${to}`;
