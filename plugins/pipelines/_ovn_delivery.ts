/** The rows of the pipeline `ovn` for one Pod: for what OVN delivers to it, and for what comes back from a pair. @module */
import { match, type PodPort, type Row, type RowAction, type SwitchPort } from "../../core/api.ts";
import { entered, numberOf } from "./_balance.ts";
import { isChained, setLastPair } from "./_chained.ts";
import { noteReceiver } from "./_count.ts";
import { ETHERTYPE, IP_PROTOCOL, NEIGHBOUR_DISCOVERY, REGISTER, STATE } from "./_layout.ts";
import { asksForNonIP } from "./_non_ip.ts";
import {
  DELIVERY,
  DELIVERY_INSPECTED_BIT,
  INSPECTED_BIT,
  MARK,
  NO_IN_PORT,
} from "./_ovn_layout.ts";
import type { OvnRows } from "./_ovn_rows.ts";
import { DELIVERY_ROWS } from "./_ovn_tables.ts";
import { flag, set } from "./_rows.ts";

const { isDelivered, inspected, comparesCopies } = DELIVERY;

/** Value and mask of the state register of a packet that is about to be delivered; with other bits of it. */
export const delivered = (value = 0n, mask = value) => ({
  [REGISTER.state]: [isDelivered | value, isDelivered | mask] as const,
});

/** OVN leaves its own values in the registers, and goes on with them: Sluice's are those of a copy of the packet. */
const OTHERS = Object.values(REGISTER).filter((register) => register !== REGISTER.state);

/** Takes the packet out of OVN's flows, in place of the flow that sends it to the Pod's port. */
function take({ to }: OvnRows, pod: PodPort, bits = 0n): RowAction[] {
  const { ofport, ingress } = pod;
  const bit = (field: string, at: number) => ({ field, start: at, end: at });
  const actions: RowAction[] = [
    set(REGISTER.state, isDelivered | bits),
    {
      type: "move",
      from: bit(MARK.register, INSPECTED_BIT),
      to: bit(REGISTER.state, DELIVERY_INSPECTED_BIT),
    },
    ...OTHERS.map((register) => set(register, 0n)),
    set(REGISTER.original, BigInt(ofport)),
    set(REGISTER.ingress, BigInt(ingress!.id)),
    ...noteReceiver(pod),
    to("Destination"),
  ];
  return [{ type: "clone", actions }];
}

type DeliveryRow = typeof DELIVERY_ROWS[number]["name"];
const priorityOf = (row: DeliveryRow) => DELIVERY_ROWS.find(({ name }) => name === row)!.priority;

const IP = [ETHERTYPE.ipv4, ETHERTYPE.ipv6].map((eth_type) => ({ eth_type }));
const NON_IP = [
  { eth_type: ETHERTYPE.arp },
  ...NEIGHBOUR_DISCOVERY.map((icmpv6_type) => ({
    eth_type: ETHERTYPE.ipv6,
    ip_proto: IP_PROTOCOL.icmpv6,
    icmpv6_type,
  })),
];

/** The rows that stand before OVN's own flows for the Pod's port. */
export function deliveryRows(rows: OvnRows, pod: PodPort): Row[] {
  const { ingress, deliveries = [] } = pod;
  if (!ingress) return [];
  const kinds = [
    { name: "deliver", packets: IP, bits: 0n },
    { name: "deliverNonIP", packets: asksForNonIP(ingress) ? NON_IP : [], bits: STATE.nonIP },
  ] as const;
  return deliveries.flatMap(({ table, match: owners }) =>
    kinds.flatMap(({ name, packets, bits }) =>
      packets.map((fields) => ({
        table,
        priority: priorityOf(name),
        match: { ...owners, ...match(fields) },
        actions: take(rows, pod, bits),
      }))
    )
  );
}

/** The rows that say of a delivered packet whether this Pod has sent it. */
export function senderRows({ added }: OvnRows, pod: PodPort): Row[] {
  const { ofport, macs, ips, egress, ambiguous } = pod;
  const copied = egress && egress.copies.length > 0
    ? [set(REGISTER.egress, BigInt(egress.id)), flag(comparesCopies)]
    : [];
  const last = egress?.hops.map(entered).at(-1);
  const chain = last && isChained(last) ? [set(REGISTER.egress, BigInt(egress!.id))] : [];
  const from = (eth_src: string) => ({ in_port: ofport, eth_src });
  return [
    ...macs.flatMap((mac) => [
      ...(last
        ? [
          added(["Source", "deliveredInspected"], { ...from(mac), ...delivered(inspected) }, [
            ...copied,
            ...chain,
            chain.length > 0
              ? setLastPair(0, STATE.inReceiverChain, STATE.inReceiverChain)
              : setLastPair(numberOf(last)),
          ]),
        ]
        : []),
      added(["Source", "deliveredOwn"], { ...from(mac), ...delivered() }, copied),
    ]),
    ...(ambiguous ? [] : macs).map((eth_src) =>
      added(["Source", "deliveredBack"], { in_port: NO_IN_PORT, eth_src, ...delivered() }, chain)
    ),
    ...(ambiguous ? [] : macs).map((eth_src) =>
      added(["Source", "deliveredStranger"], { eth_src, ...delivered() }, [flag(STATE.unverified)])
    ),
    ...(copied.length > 0 ? ips : []).map((ip) =>
      added(["Source", "deliveredRouted"], { ...fromIP(ip), ...delivered() }, copied)
    ),
  ];
}

/** What a packet matches that a router of OVN on this node has forwarded: OVN takes its port away. */
const fromIP = (ip: string) =>
  ip.includes(":")
    ? { in_port: NO_IN_PORT, eth_type: ETHERTYPE.ipv6, ipv6_src: ip }
    : { in_port: NO_IN_PORT, eth_type: ETHERTYPE.ipv4, ip_src: ip };

/**
 * The rows that say whose packet it is that comes back from a pair. That of a sender comes first: a packet between two
 * selected Pods must pass OVN's flows, where its access lists are, before it is delivered.
 */
export function returnRows({ added }: OvnRows, pod: PodPort): Row[] {
  const { ofport, macs, egress, ingress, ambiguous } = pod;
  const port = set(REGISTER.original, BigInt(ofport));
  const treat = ingress ? [set(REGISTER.ingress, BigInt(ingress.id)), ...noteReceiver(pod)] : [];
  const deliver = [flag(isDelivered), port, ...treat];
  const back = (hop: Parameters<typeof entered>[0]) => ({
    [REGISTER.state]: [BigInt(numberOf(entered(hop))), STATE.lastPair] as const,
  });
  return (ambiguous ? [] : macs).flatMap((mac) => [
    ...(egress?.hops ?? []).map((hop) =>
      added(["Restore", "sender"], { eth_src: mac, ...back(hop) }, [port])
    ),
    ...(ingress?.hops ?? []).map((hop) =>
      added(["Restore", "receiver"], { eth_dst: mac, ...back(hop) }, deliver)
    ),
    added(["Restore", "formerReceiver"], { eth_dst: mac }, deliver),
  ]);
}

/** Packets of a mirror's tunnel that are delivered to the collector are not copied again. */
export function ownCopyDeliveryRows({ added, to }: OvnRows, { tunnel }: SwitchPort): Row[] {
  if (!tunnel) return [];
  const { remote, protocol, udpPort } = tunnel;
  const toCollector = remote.includes(":")
    ? { eth_type: ETHERTYPE.ipv6, ipv6_dst: remote }
    : { eth_type: ETHERTYPE.ipv4, ip_dst: remote };
  return [
    added(["Destination", "deliveredOwnCopy"], {
      ...toCollector,
      ip_proto: protocol,
      ...(udpPort !== undefined && { udp_dst: udpPort }),
      ...delivered(),
    }, [to("Divert")]),
  ];
}
