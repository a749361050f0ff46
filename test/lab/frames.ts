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
  /** Number of zero bytes before the mark; 16 if absent. */
  readonly padding?: number;
}

const MARK = 0x51_0c_e5_1d;
const TRAILER = 8;
const UDP = 17;
const ICMPV6 = 58;
const UDP_PORT = 9;
/** Bytes. */
const UDP_HEADER = 8;
/** Two checksums: for any frame, at least one of them is wrong. */
const CHECKSUMS = [0xdead, 0xbeef] as const;
const ETHERTYPES = { 4: 0x0800, 6: 0x86dd, vlan: 0x8100 } as const;

const macBytes = (mac: string) => mac.split(":").map((byte) => parseInt(byte, 16));

function addressBytes(ip: string): number[] {
  if (!ip.includes(":")) return ip.split(".").map(Number);
  const [head = "", tail = ""] = ip.split("::");
  const words = (part: string) =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  const [first, last] = [words(head), words(tail)];
  const all = [...first, ...new Array(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((word) => [word >> 8, word & 0xff]);
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! << 8 | bytes[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

const u16 = (value: number) => [value >> 8 & 0xff, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

function ipv4(source: string, destination: string, length: number): number[] {
  const header = [
    0x45,
    0,
    ...u16(20 + length),
    0,
    0,
    0,
    0,
    64,
    UDP,
    0,
    0,
    ...addressBytes(source),
    ...addressBytes(destination),
  ]; // deno-fmt-ignore
  const sum = checksum(header);
  return [...header.slice(0, 10), ...u16(sum), ...header.slice(12)];
}

function ipv6(source: string, destination: string, length: number, protocol = UDP): number[] {
  return [
    0x60,
    0,
    0,
    0,
    ...u16(length),
    protocol,
    protocol === ICMPV6 ? 255 : 64, // hop limit: neighbour discovery needs 255, RFC 4861 section 3.1
    ...addressBytes(source),
    ...addressBytes(destination),
  ];
}

/**
 * A checksum that is wrong. The receiver's kernel then drops the message without an answer; otherwise it would send an
 * ICMP error with the frame inside, which would be counted.
 *
 * @param message The message without its checksum.
 */
function wrongChecksum(
  { source, destination }: Pick<FrameOptions, "source" | "destination">,
  protocol: number,
  message: readonly number[],
): number {
  // The checksum covers a pseudo header with addresses, protocol and length: RFC 768, RFC 8200 section 8.1.
  const addresses = [...addressBytes(source), ...addressBytes(destination)];
  const right = checksum([...addresses, ...u16(protocol), ...u16(message.length + 2), ...message]);
  return CHECKSUMS.find((wrong) => wrong !== right)!;
}

/** Makes a frame with a UDP datagram, or with an ICMPv6 message if `options` ask for one. */
export function frame(options: FrameOptions): Uint8Array {
  const { from, to, source, destination, id, vlan, encapsulation, icmpv6, padding = 16 } = options;
  const payload = [...new Array(padding).fill(0), ...u32(MARK), ...u32(id)];
  const version = source.includes(":") ? 6 : 4;
  const protocol = icmpv6 === undefined ? UDP : ICMPV6;
  const before = icmpv6 === undefined
    ? [...u16(UDP_PORT), ...u16(UDP_PORT), ...u16(UDP_HEADER + payload.length)]
    : [icmpv6, 0];
  const sum = wrongChecksum(options, protocol, [...before, ...payload]);
  const message = [...before, ...u16(sum), ...payload];
  const header = version === 4
    ? ipv4(source, destination, message.length)
    : ipv6(source, destination, message.length, protocol);
  return new Uint8Array([
    ...macBytes(to),
    ...macBytes(from),
    ...(vlan === undefined ? [] : [...u16(ETHERTYPES.vlan), ...u16(vlan)]),
    ...encapsulation ?? u16(ETHERTYPES[version]),
    ...header,
    ...message,
  ]);
}

/** The number of a frame that `frame()` has made, also if it is inside a tunnel packet; nothing for other traffic. */
export function idOf(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = bytes.length - TRAILER;
  return at > 0 && view.getUint32(at) === MARK ? view.getUint32(at + 4) : undefined;
}
