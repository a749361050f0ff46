/** A packet that is traced, and as ofproto/trace is asked about it: ovs-fields(7). Pure. @module */
import { isIPv6 } from "node:net";

export const PROTOCOLS = ["tcp", "udp", "sctp", "icmp"] as const;
export type Protocol = typeof PROTOCOLS[number];

export interface TracedPacket {
  readonly sourceMAC: string;
  readonly destinationMAC: string;
  readonly sourceIP: string;
  readonly destinationIP: string;
  readonly protocol: Protocol;
  /** Absent for ICMP. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** The type of an ICMP message. */
  readonly icmpType?: number;
  readonly tcpFlags?: number;
  readonly ttl: number;
  /** The tags, the outer one first, as the field `vlan_tci` has them. */
  readonly vlans: readonly number[];
}

/** What Linux writes into packets, unless something else is set: ip(7), `ip_default_ttl`. */
export const DEFAULT_TTL = 64;
/** RFC 9293 section 3.1. */
export const TCP_FLAGS = { syn: 0x002, synAck: 0x012, ack: 0x010 } as const;
/** The types of echo requests and replies: RFC 792, RFC 4443 section 4. */
const ECHO = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

export function echoType(ip: string, kind: "request" | "reply"): number {
  return ECHO[isIPv6(ip) ? 6 : 4][kind];
}

/** Values of registers that the packet begins with, by their names. */
export type Registers = ReadonlyMap<string, number>;

/** Where and how a packet comes in. */
export interface Arrival {
  /** Number of the port. */
  readonly ofport: number;
  readonly registers?: Registers;
}

/** The packet in the syntax of ovs-ofctl. */
export function flowText(packet: TracedPacket, { ofport, registers }: Arrival): string {
  const isSix = isIPv6(packet.destinationIP);
  const { protocol, sourcePort, destinationPort, icmpType, tcpFlags, vlans } = packet;
  const [source, destination] = isSix ? ["ipv6_src", "ipv6_dst"] : ["nw_src", "nw_dst"];
  const icmp = isSix ? "icmpv6" : "icmp";
  const fields: readonly (readonly [string, string | number | undefined])[] = [
    ["in_port", ofport],
    ["vlan_tci", vlans[0] === undefined ? undefined : `0x${vlans[0].toString(16)}`],
    ["dl_src", packet.sourceMAC],
    ["dl_dst", packet.destinationMAC],
    [source!, packet.sourceIP],
    [destination!, packet.destinationIP],
    ["nw_ttl", packet.ttl],
    [`${protocol}_src`, sourcePort],
    [`${protocol}_dst`, destinationPort],
    ["tcp_flags", tcpFlags],
    [`${icmp}_type`, icmpType],
    [`${icmp}_code`, icmpType === undefined ? undefined : 0],
    ...registers ?? [],
  ];
  const given = fields.filter(([, value]) => value !== undefined);
  return [`${protocol}${isSix ? "6" : ""}`, ...given.map(([key, value]) => `${key}=${value}`)]
    .join();
}

/** The bits of `vlan_tci` that say that there is a tag. */
const TAG_PRESENT = 0x1000;
const PRIORITY_SHIFT = 13;

/** The packet as a part of a trace begins with it. @param before What the part does not say. */
export function packetIn(flow: string, before: TracedPacket): TracedPacket {
  const text = (key: string) => new RegExp(`(?:^|,)${key}=([^,]+)`).exec(flow)?.[1];
  const number = (key: string) => {
    const found = text(key);
    return found === undefined ? undefined : Number(found);
  };
  const [vid, tci] = [number("dl_vlan"), number("vlan_tci")];
  const tag = vid === undefined
    ? tci
    : vid | TAG_PRESENT | (number("dl_vlan_pcp") ?? 0) << PRIORITY_SHIFT;
  const [source, destination] = [number("tp_src"), number("tp_dst")];
  const ttl = number("nw_ttl");
  return {
    ...before,
    sourceMAC: text("dl_src") ?? before.sourceMAC,
    destinationMAC: text("dl_dst") ?? before.destinationMAC,
    sourceIP: text("nw_src") ?? text("ipv6_src") ?? before.sourceIP,
    destinationIP: text("nw_dst") ?? text("ipv6_dst") ?? before.destinationIP,
    ...(source !== undefined && { sourcePort: source }),
    ...(destination !== undefined && { destinationPort: destination }),
    ...(ttl !== undefined && { ttl }),
    vlans: tag === undefined || tag === 0 ? before.vlans.slice(0, 0) : [tag],
  };
}
