/** Builds numbered packets of ARP and IPv6 neighbour discovery. @module */
import { addressBytes, checksum, macBytes, trailer, u16, u32 } from "../lab/frames.ts";

export interface Neighbour {
  readonly mac: string;
  ip(version: 4 | 6): string;
}
/** What asks for a neighbour, and what answers. */
export type Kind = "request" | "reply";

const ARP = { type: 0x0806, ethernet: 1, ipv4: 0x0800, sizes: [6, 4], request: 1, reply: 2 };
const IPV6 = { type: 0x86dd, version: 0x6000_0000, icmpv6: 58, hops: 255 };
/** RFC 4861 sections 4.3 and 4.4: the types, and the options that say a link-layer address. */
const DISCOVERY = { request: [135, 0, 1], reply: [136, 0x6000_0000, 2] } as const;
const OPTION_UNITS = 1;
const VLAN = 0x8100;
/** Bytes of both MACs. */
const MACS = 12;
export const BROADCAST = "ff:ff:ff:ff:ff:ff";
const NOBODY = "00:00:00:00:00:00";

/** An ARP request goes to all, and a reply to one. */
export function arp(kind: Kind, from: Neighbour, to: Neighbour, id: number): Uint8Array {
  const isRequest = kind === "request";
  return Uint8Array.from([
    ...macBytes(isRequest ? BROADCAST : to.mac),
    ...macBytes(from.mac),
    ...u16(ARP.type),
    ...u16(ARP.ethernet),
    ...u16(ARP.ipv4),
    ...ARP.sizes,
    ...u16(ARP[kind]),
    ...macBytes(from.mac),
    ...addressBytes(from.ip(4)),
    ...macBytes(isRequest ? NOBODY : to.mac),
    ...addressBytes(to.ip(4)),
    ...trailer(id),
  ]);
}

/** A neighbour solicitation goes to the group of the one that is asked for, and an advertisement to one. */
export function discovery(kind: Kind, from: Neighbour, to: Neighbour, id: number): Uint8Array {
  const [type, flags, option] = DISCOVERY[kind];
  const isRequest = kind === "request";
  const source = addressBytes(from.ip(6));
  const asked = addressBytes(to.ip(6));
  const last = asked.slice(-3);
  const destination = isRequest ? [...addressBytes("ff02::1:ff00:0").slice(0, 13), ...last] : asked;
  const mac = isRequest ? [0x33, 0x33, 0xff, ...last] : macBytes(to.mac);
  const body = [
    ...u32(flags),
    ...(isRequest ? asked : source),
    ...[option, OPTION_UNITS],
    ...macBytes(from.mac),
  ];
  const length = 4 + body.length;
  const pseudo = [...source, ...destination, ...u32(length), ...u32(IPV6.icmpv6)];
  const sum = checksum([...pseudo, type, 0, 0, 0, ...body]);
  return Uint8Array.from([
    ...mac,
    ...macBytes(from.mac),
    ...u16(IPV6.type),
    ...u32(IPV6.version),
    ...u16(length),
    ...[IPV6.icmpv6, IPV6.hops],
    ...source,
    ...destination,
    ...[type, 0, ...u16(sum)],
    ...body,
    ...trailer(id),
  ]);
}

/** The same frame with a VLAN tag. */
export function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  const tag = [...u16(VLAN), ...u16(vlan)];
  return Uint8Array.from([...frame.subarray(0, MACS), ...tag, ...frame.subarray(MACS)]);
}
