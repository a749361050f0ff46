/** Probe packets on the wire: IPv4 with UDP or ICMP echo, so that any inline device takes them for ordinary traffic. @module */
import { PROBE_MACS, type ProbeSettings } from "../contracts/mod.ts";
import { checksum, pseudoHeader } from "./checksum.ts";

/** In which direction a probe passes the sensor: `there` from `sourceIP` to `destinationIP`, `back` the other way. */
export type Direction = "there" | "back";

/** What differs from probe to probe of one sensor. */
export interface ProbeContent {
  readonly direction: Direction;
  /** `NONCE_BYTES` random bytes. */
  readonly nonce: Uint8Array;
  /** The number of an ICMP echo request and of its reply. */
  readonly sequence: number;
}

/** The settings that a packet shows. */
export type PacketSettings = Pick<
  ProbeSettings,
  "protocol" | "sourceIP" | "destinationIP" | "port" | "size"
>;

export const NONCE_BYTES = 16;
/** The first bytes of each probe's payload. */
const MARK = new TextEncoder().encode("sluice-p");
const ETHERNET = { header: 14, source: 6, type: 12, ipv4: 0x0800 } as const;
const IPV4 = { header: 20, versionAndLength: 0x45, dontFragment: 0x4000, hops: 64 } as const;
/** Where the fields of an IPv4 header are: RFC 791 section 3.1. */
const IP_AT = {
  total: 2,
  flags: 6,
  hops: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  to: 16,
} as const;
/** The bytes of a header of UDP (RFC 768) or ICMP echo (RFC 792), and where its checksum is. */
const HEADER = 8;
const CHECKSUM_AT = { UDP: 6, ICMP: 2 } as const;
const PROTOCOL = { UDP: 17, ICMP: 1 } as const;
const ECHO = { there: 8, back: 0 } as const;
const SMALLEST = IPV4.header + HEADER + MARK.length + NONCE_BYTES;
const LARGEST = 0xffff;
const PAYLOAD_AT = ETHERNET.header + IPV4.header + HEADER;

const macBytes = (mac: string) => Uint8Array.fromHex(mac.replaceAll(":", ""));
const MACS = {
  source: macBytes(PROBE_MACS.source),
  destination: macBytes(PROBE_MACS.destination),
} as const;
const addressBytes = (ip: string) => Uint8Array.from(ip.split("."), Number);

/** What is the other way round in every second probe. */
function ends({ direction }: Pick<ProbeContent, "direction">, settings: PacketSettings) {
  const source = { mac: MACS.source, ip: addressBytes(settings.sourceIP) };
  const destination = { mac: MACS.destination, ip: addressBytes(settings.destinationIP) };
  return direction === "there"
    ? { from: source, to: destination }
    : { from: destination, to: source };
}

function writeIP(ip: DataView, settings: PacketSettings, { from, to }: ReturnType<typeof ends>) {
  const bytes = bytesOf(ip);
  ip.setUint8(0, IPV4.versionAndLength);
  ip.setUint16(IP_AT.total, bytes.length);
  ip.setUint16(IP_AT.flags, IPV4.dontFragment);
  ip.setUint8(IP_AT.hops, IPV4.hops);
  ip.setUint8(IP_AT.protocol, PROTOCOL[settings.protocol]);
  bytes.set(from.ip, IP_AT.source);
  bytes.set(to.ip, IP_AT.to);
  ip.setUint16(IP_AT.checksum, checksum(bytes.subarray(0, IPV4.header)));
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Writes the header of UDP or ICMP before the payload, which is there already. */
function writeMessage(message: DataView, content: ProbeContent, settings: PacketSettings): void {
  const bytes = bytesOf(message);
  const { protocol, port } = settings;
  if (protocol === "UDP") {
    message.setUint16(0, port);
    message.setUint16(2, port);
    message.setUint16(4, bytes.length);
    const { from, to } = ends(content, settings);
    const sum = checksum(bytes, pseudoHeader(from.ip, to.ip, [PROTOCOL.UDP, bytes.length]));
    message.setUint16(CHECKSUM_AT.UDP, sum || 0xffff); // 0 would mean that there is none: RFC 768
    return;
  }
  message.setUint8(0, ECHO[content.direction]);
  message.setUint16(4, port);
  message.setUint16(6, content.sequence & 0xffff);
  message.setUint16(CHECKSUM_AT.ICMP, checksum(bytes));
}

/** The Ethernet frame of a probe, with right checksums: inline devices drop packets with wrong ones. */
export function writeProbe(content: ProbeContent, settings: PacketSettings): Uint8Array {
  const size = Math.min(LARGEST, SMALLEST + settings.size);
  const frame = new Uint8Array(ETHERNET.header + size);
  const { from, to } = ends(content, settings);
  frame.set(to.mac, 0);
  frame.set(from.mac, ETHERNET.source);
  new DataView(frame.buffer).setUint16(ETHERNET.type, ETHERNET.ipv4);
  frame.set(MARK, PAYLOAD_AT);
  frame.set(content.nonce, PAYLOAD_AT + MARK.length);
  const message = new DataView(frame.buffer, ETHERNET.header + IPV4.header);
  writeMessage(message, content, settings);
  writeIP(new DataView(frame.buffer, ETHERNET.header), settings, { from, to });
  return frame;
}

/**
 * What a probe is known by when it comes back: a device that answers an ICMP echo request by itself sends the nonce back,
 * too, but in the other direction.
 */
export function probeKey({ direction, nonce }: Pick<ProbeContent, "direction" | "nonce">): string {
  return `${direction} ${nonce.toHex()}`;
}

/** Whether a frame has the given bytes at that place. */
function has(frame: Uint8Array, at: number, bytes: Uint8Array): boolean {
  return frame.length >= at + bytes.length && bytes.every((byte, i) => frame[at + i] === byte);
}

/**
 * Reads what may be a probe that has come back, whole or only its beginning.
 *
 * @returns Its key, see `probeKey`; nothing if it has not the form of a probe with these settings.
 */
export function readProbe(frame: Uint8Array, settings: PacketSettings): string | undefined {
  const nonceAt = PAYLOAD_AT + MARK.length;
  if (frame.length < nonceAt + NONCE_BYTES || !has(frame, PAYLOAD_AT, MARK)) return undefined;
  for (const direction of ["there", "back"] as const) {
    const { from, to } = ends({ direction }, settings);
    if (
      has(frame, 0, to.mac) && has(frame, ETHERNET.source, from.mac) &&
      hasHeaders(frame, { direction, settings }) &&
      has(frame, ETHERNET.header + IP_AT.source, from.ip) &&
      has(frame, ETHERNET.header + IP_AT.to, to.ip)
    ) return probeKey({ direction, nonce: frame.subarray(nonceAt, nonceAt + NONCE_BYTES) });
  }
  return undefined;
}

function hasHeaders(
  frame: Uint8Array,
  { direction, settings }: {
    readonly direction: Direction;
    readonly settings: PacketSettings;
  },
): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const message = ETHERNET.header + IPV4.header;
  const { protocol, port } = settings;
  return view.getUint16(ETHERNET.type) === ETHERNET.ipv4 &&
    view.getUint8(ETHERNET.header) === IPV4.versionAndLength &&
    view.getUint8(ETHERNET.header + IP_AT.protocol) === PROTOCOL[protocol] &&
    (protocol === "UDP"
      ? view.getUint16(message) === port && view.getUint16(message + 2) === port
      : view.getUint8(message) === ECHO[direction] && view.getUint16(message + 4) === port);
}
