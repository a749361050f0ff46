/** Makes frames with numbers: each frame ends with a mark of 4 bytes and its number in 4 bytes. @module */

export interface FrameOptions {
  /** MAC of the sender. */
  readonly from: string;
  /** MAC of the receiver. */
  readonly to: string;
  /** IP address of the sender; of the same family as `destination`. */
  readonly source: string;
  readonly destination: string;
  /** The frame's number. */
  readonly id: number;
  /** Adds a VLAN tag. */
  readonly vlan?: number;
  /** Bytes between the MACs and the IP header in place of the Ethernet type, for example MPLS labels. */
  readonly encapsulation?: readonly number[];
  /** Type of an ICMPv6 message that the frame has in place of a UDP datagram. */
  readonly icmpv6?: number;
  /** What the frame has in place of a UDP datagram from port 9 to port 9. An `icmp` message is an echo request. */
  readonly transport?: Transport;
  /** Makes the frame a fragment. Only the first one has the header of the transport. */
  readonly fragment?: Fragment;
  /**
   * The checksum of the transport; `wrong` if absent, so that no kernel answers. Connection tracking takes only what is
   * right: a `Sink` keeps the receiver's kernel from an answer. `none`: UDP over IPv4 may have none, which is right, too.
   */
  readonly checksum?: "wrong" | "right" | "none";
  /** Number of zero bytes before the mark; 16 if absent. */
  readonly padding?: number;
}

/** A protocol of the transport layer, with its ports if it has some. */
export type Transport =
  | { readonly protocol: "icmp" }
  | { readonly protocol: "udp" | "tcp"; readonly from: number; readonly to: number };

export interface Fragment {
  /** All fragments of a datagram have the same. */
  readonly datagram: number;
  /** Where in the datagram it begins: a number of bytes that 8 divides. */
  readonly offset: number;
  /** Whether another one follows. */
  readonly more: boolean;
}

const MARK = 0x51_0c_e5_1d;
const TRAILER = 8;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const ICMP_ECHO = 8;
const ICMPV6_ECHO = 128;
const PORTS = { protocol: "udp", from: 9, to: 9 } as const satisfies Transport;
/** Bytes. */
const UDP_HEADER = 8;
const TCP_ACK = 0x10;
/** The number of an extension header of IPv6, and the unit of offsets in bytes: RFC 8200 section 4.5. */
const FRAGMENT = { header: 44, unit: 8 } as const;
/** Two checksums: for any frame, at least one of them is wrong. */
const CHECKSUMS = [0xdead, 0xbeef] as const;
const ETHERTYPES = { 4: 0x0800, 6: 0x86dd, vlan: 0x8100 } as const;

export const macBytes = (mac: string) => mac.split(":").map((byte) => parseInt(byte, 16));

export function addressBytes(ip: string): number[] {
  if (!ip.includes(":")) return ip.split(".").map(Number);
  const [head = "", tail = ""] = ip.split("::");
  const words = (part: string) =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  const [first, last] = [words(head), words(tail)];
  const all = [...first, ...new Array(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((word) => [word >> 8, word & 0xff]);
}

export function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! << 8 | bytes[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

export const u16 = (value: number) => [value >> 8 & 0xff, value & 0xff];
export const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** What a frame with this number ends with. */
export const trailer = (id: number) => [...u32(MARK), ...u32(id)];

interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** What comes after the header. */
  readonly body: readonly number[];
  readonly fragment?: Fragment | undefined;
}

function ipv4({ source, destination, protocol, body, fragment }: Packet): number[] {
  const more = fragment?.more ? 0x2000 : 0;
  const header = [
    0x45,
    0,
    ...u16(20 + body.length),
    ...u16(fragment?.datagram ?? 0),
    ...u16(more | (fragment?.offset ?? 0) / FRAGMENT.unit),
    64,
    protocol,
    0,
    0,
    ...addressBytes(source),
    ...addressBytes(destination),
  ];
  const sum = checksum(header);
  return [...header.slice(0, 10), ...u16(sum), ...header.slice(12), ...body];
}

function ipv6({ source, destination, protocol, body, fragment }: Packet): number[] {
  const extension = fragment
    ? [protocol, 0, ...u16(fragment.offset | Number(fragment.more)), ...u32(fragment.datagram)]
    : [];
  return [
    0x60,
    0,
    0,
    0,
    ...u16(extension.length + body.length),
    fragment ? FRAGMENT.header : protocol,
    protocol === ICMPV6 ? 255 : 64, // hop limit: neighbour discovery needs 255, RFC 4861 section 3.1
    ...addressBytes(source),
    ...addressBytes(destination),
    ...extension,
    ...body,
  ];
}

/** @param message The message without its checksum. */
function rightChecksum(
  { source, destination }: Pick<FrameOptions, "source" | "destination">,
  protocol: number,
  message: readonly number[],
): number {
  if (protocol === ICMP) return checksum(message);
  // The checksum covers a pseudo header with addresses, protocol and length: RFC 768, RFC 8200 section 8.1.
  const addresses = [...addressBytes(source), ...addressBytes(destination)];
  const sum = checksum([...addresses, ...u16(protocol), ...u16(message.length + 2), ...message]);
  // In UDP, zero would say that there is none.
  return protocol === UDP && sum === 0 ? 0xffff : sum;
}

/**
 * A checksum that is wrong. The receiver's kernel then drops the message without an answer; otherwise it would send an
 * ICMP error with the frame inside, which would be counted.
 */
const wrongOf = (right: number) => CHECKSUMS.find((wrong) => wrong !== right)!;

/** The number of the protocol, and the bytes before and after the checksum of its header. */
function transportOf(
  { source, icmpv6, transport = PORTS }: FrameOptions,
  payload: readonly number[],
): readonly [protocol: number, before: readonly number[], after: readonly number[]] {
  if (icmpv6 !== undefined) return [ICMPV6, [icmpv6, 0], []];
  if (transport.protocol === "icmp") {
    return source.includes(":") ? [ICMPV6, [ICMPV6_ECHO, 0], []] : [ICMP, [ICMP_ECHO, 0], []];
  }
  const ports = [...u16(transport.from), ...u16(transport.to)];
  if (transport.protocol === "udp") {
    return [UDP, [...ports, ...u16(UDP_HEADER + payload.length)], []];
  }
  return [TCP, [...ports, ...u32(1), ...u32(1), 0x50, TCP_ACK, ...u16(0xffff)], [0, 0]];
}

/** Makes a frame with a UDP datagram, or with what `options` ask for. */
export function frame(options: FrameOptions): Uint8Array {
  const { from, to, source, destination, id, vlan, encapsulation, fragment, padding = 16 } =
    options;
  const payload = [...new Array(padding).fill(0), ...trailer(id)];
  const version = source.includes(":") ? 6 : 4;
  const [protocol, before, after] = transportOf(options, payload);
  const right = rightChecksum(options, protocol, [...before, ...after, ...payload]);
  const sums = { right, wrong: wrongOf(right), none: 0 };
  const sum = sums[options.checksum ?? "wrong"];
  const body = fragment?.offset ? payload : [...before, ...u16(sum), ...after, ...payload];
  const packet = { source, destination, protocol, body, fragment };
  return new Uint8Array([
    ...macBytes(to),
    ...macBytes(from),
    ...(vlan === undefined ? [] : [...u16(ETHERTYPES.vlan), ...u16(vlan)]),
    ...encapsulation ?? u16(ETHERTYPES[version]),
    ...(version === 4 ? ipv4(packet) : ipv6(packet)),
  ]);
}

/** The number of a frame that `frame()` has made, also if it is inside a tunnel packet; nothing for other traffic. */
export function idOf(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = bytes.length - TRAILER;
  return at > 0 && view.getUint32(at) === MARK ? view.getUint32(at + 4) : undefined;
}
