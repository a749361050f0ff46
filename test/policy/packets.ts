/**
 * Builds frames of all sorts that rules can tell apart. A frame is known again by what stands in its first 64 bytes, so
 * that a copy is, too, of which the rest was cut off.
 *
 * The checksums of TCP, UDP, SCTP and ICMP are 0: no switch looks at them, and a Pod's kernel answers no such packet.
 * @module
 */
import { addressBytes, checksum, macBytes, u16, u32 } from "../lab/frames.ts";
import { type Packet, PROTOCOLS } from "./oracle.ts";

/** A packet before it is built. */
export interface Shape extends Omit<Packet, "length" | "fragment"> {
  /** A number that no other packet of a round has, except that the fragments of an IPv4 datagram share it. */
  readonly id: number;
  readonly macs: { readonly from: string; readonly to: string };
  /** Type of an ICMP message. */
  readonly icmp?: number;
  readonly fragment?: Fragment;
  /** Bytes of the frame. It is longer if its headers are, and shorter if what a fragment carries must be. */
  readonly length: number;
}

export interface Fragment {
  /** The fragments of a datagram have the same. */
  readonly datagram: number;
  /** Where it begins in the datagram: a number of bytes that 8 divides. */
  readonly offset: number;
  /** Whether another one follows. */
  readonly more: boolean;
}

/** A packet as it is sent. */
export interface Sent {
  readonly packet: Packet;
  readonly frame: Uint8Array;
  readonly key: string;
}

const ETHERNET = 14;
const HEADERS = { 4: 20, 6: 40 } as const;
const ETHERTYPES = { 4: 0x0800, 6: 0x86dd } as const;
/** The number of IPv6's fragment header, its length, and the unit of offsets: RFC 8200 section 4.5. */
const FRAGMENT = { number: 44, length: 8, unit: 8 } as const;
const [MORE_FRAGMENTS, OFFSET_MASK] = [0x2000, 0x1fff];
const TTL = 64;
/** The identification of IPv4 has 16 bits, the flow label of IPv6 20. */
const [IDENTIFICATION_MASK, FLOW_LABEL_MASK] = [0xffff, 0xfffff];
/** Offsets in an Ethernet frame. */
const AT = { type: 12, flowLabel: 14, identification: 18, fragment: 20 } as const;
/** Data offset of a TCP header without options, and its window. */
const [FIVE_WORDS, WINDOW] = [0x5000, 0xffff];
const BYTE = 256;

/** The header behind IP. @param length Bytes of all that is behind IP. */
function transport({ protocol, ports, flags = 0, icmp = 0 }: Shape, length: number): number[] {
  const both = ports ? [...u16(ports.from), ...u16(ports.to)] : [];
  switch (protocol) {
    case PROTOCOLS.TCP:
      return [...both, ...u32(1), ...u32(1), ...u16(FIVE_WORDS | flags), ...u16(WINDOW), ...u32(0)];
    case PROTOCOLS.UDP:
      return [...both, ...u16(length), ...u16(0)];
    case PROTOCOLS.SCTP:
      return [...both, ...u32(1), ...u32(0)]; // verification tag, checksum: RFC 9260 section 3.1
    case PROTOCOLS.ICMP:
    case PROTOCOLS.ICMPV6:
      return [icmp, 0, ...u16(0), ...u32(1)];
    case PROTOCOLS.GRE:
      return [...u16(0), ...u16(ETHERTYPES[4])];
    default:
      return [];
  }
}

/** What is behind IP and the fragment header. @param room Bytes that are left of the frame's length. */
function bodyOf(shape: Shape, room: number): number[] {
  const { fragment, id } = shape;
  const header = fragment?.offset ? [] : transport(shape, room);
  const unit = fragment?.more ? FRAGMENT.unit : 1; // only the last fragment may have any number of bytes
  const least = Math.max(header.length, fragment ? FRAGMENT.unit : 0);
  const length = Math.max(Math.floor(room / unit), Math.ceil(least / unit)) * unit;
  const rest = Array.from({ length: length - header.length }, (_, at) => (at + id) % BYTE);
  return [...header, ...rest];
}

function ipv4(shape: Shape): number[] {
  const { source, destination, protocol, id, fragment, length } = shape;
  const body = bodyOf(shape, length - ETHERNET - HEADERS[4]);
  const offset = (fragment?.offset ?? 0) / FRAGMENT.unit;
  const header = [
    0x45,
    0,
    ...u16(HEADERS[4] + body.length),
    ...u16((fragment?.datagram ?? id) & IDENTIFICATION_MASK),
    ...u16((fragment?.more ? MORE_FRAGMENTS : 0) | offset),
    TTL,
    protocol,
  ];
  const ends = [...addressBytes(source), ...addressBytes(destination)];
  return [...header, ...u16(checksum([...header, 0, 0, ...ends])), ...ends, ...body];
}

function ipv6(shape: Shape): number[] {
  const { source, destination, protocol, id, fragment, length } = shape;
  const extension = fragment
    ? [protocol, 0, ...u16(fragment.offset | Number(fragment.more)), ...u32(fragment.datagram)]
    : [];
  const body = bodyOf(shape, length - ETHERNET - HEADERS[6] - extension.length);
  return [
    ...u32(0x60000000 | id & FLOW_LABEL_MASK),
    ...u16(extension.length + body.length),
    fragment ? FRAGMENT.number : protocol,
    TTL,
    ...addressBytes(source),
    ...addressBytes(destination),
    ...extension,
    ...body,
  ];
}

/** Builds a packet. */
export function build(shape: Shape): Sent {
  const { version, macs, fragment, ...rest } = shape;
  const frame = new Uint8Array([
    ...macBytes(macs.to),
    ...macBytes(macs.from),
    ...u16(ETHERTYPES[version]),
    ...(version === 4 ? ipv4(shape) : ipv6(shape)),
  ]);
  const { from, to, source, destination, protocol, ports, flags } = rest;
  const packet: Packet = {
    ...{ from, to, version, source, destination, protocol, length: frame.length },
    ...(ports && { ports }),
    ...(flags !== undefined && { flags }),
    ...(fragment && { fragment: fragment.offset ? "later" : "first" }),
  };
  return { packet, frame, key: keyOf(frame)! };
}

/** Builds the fragments of a datagram. @param ids One for each fragment; their number is that of the fragments. */
export function fragments(shape: Shape, ids: readonly number[]): Sent[] {
  const datagram = ids[0]!;
  const headers = ETHERNET + HEADERS[shape.version] + (shape.version === 6 ? FRAGMENT.length : 0);
  let offset = 0;
  return ids.map((id, index) => {
    const more = index < ids.length - 1;
    const sent = build({ ...shape, id, fragment: { datagram, offset, more } });
    offset += sent.frame.length - headers;
    return sent;
  });
}

/** What tells a frame from all others of a round, also if it was cut to 64 bytes; nothing if it is no IP. */
export function keyOf(frame: Uint8Array): string | undefined {
  if (frame.length < ETHERNET + HEADERS[4]) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const type = view.getUint16(AT.type);
  if (type === ETHERTYPES[6]) return `6 ${view.getUint32(AT.flowLabel) & FLOW_LABEL_MASK}`;
  if (type !== ETHERTYPES[4]) return undefined;
  return `4 ${view.getUint16(AT.identification)} ${view.getUint16(AT.fragment) & OFFSET_MASK}`;
}

/** Whether a frame has the MACs and the IP header of one that was sent: the kernel sends packets by itself, too. */
export function isOf(frame: Uint8Array, { frame: sent, packet }: Sent): boolean {
  const end = ETHERNET + HEADERS[packet.version];
  return frame.length >= end && frame.subarray(0, end).every((byte, index) => byte === sent[index]);
}
