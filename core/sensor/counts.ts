/** What `sluice sensor` counts, and how it says it. Pure. @module */
import { PROBE_MACS } from "../contracts/mod.ts";
import { MAC, MACS, OFFLOAD, TAG } from "./frame_buffer.ts";

/** Since the sensor was started. Health probes count as probes alone. */
export interface Counts {
  /** Frames that were forwarded. */
  packets: number;
  /** Bytes of these frames. */
  bytes: number;
  ipv4: number;
  ipv6: number;
  /** Neither IPv4 nor IPv6. */
  other: number;
  /** Health probes of Sluice that were forwarded. */
  probes: number;
  /** Frames that came in at the target device and were not forwarded. */
  dropped: number;
  /** Frames that came in at the return device, from which nothing is forwarded. */
  atReturn: number;
}

export const NOTHING: Counts = {
  packets: 0,
  bytes: 0,
  ipv4: 0,
  ipv6: 0,
  other: 0,
  probes: 0,
  dropped: 0,
  atReturn: 0,
};

/** Numbers of IEEE 802 for what a frame holds: a VLAN tag, or a packet. */
const TAGS: readonly number[] = [0x8100, 0x88a8];
const FAMILIES: Readonly<Record<number, "ipv4" | "ipv6">> = { 0x0800: "ipv4", 0x86dd: "ipv6" };

const macBytes = (mac: string) => Uint8Array.fromHex(mac.replaceAll(":", ""));
const ENDS = [PROBE_MACS.source, PROBE_MACS.destination].map(macBytes);

/** Whether the frame has the MACs of probes, in one direction or the other. */
function isProbe(frame: Uint8Array): boolean {
  const is = (mac: Uint8Array, at: number) =>
    mac.every((byte, index) => frame[at + index] === byte);
  const [one, other] = ENDS as [Uint8Array, Uint8Array];
  return is(one, 0) && is(other, MAC) || is(other, 0) && is(one, MAC);
}

function familyOf(frame: Uint8Array): "ipv4" | "ipv6" | "other" {
  const typeAt = (at: number) => frame[at]! << 8 | frame[at + 1]!;
  let at = MACS;
  while (TAGS.includes(typeAt(at))) at += TAG;
  return FAMILIES[typeAt(at)] ?? "other";
}

/** Counts a frame that was forwarded. @param given The frame behind its offload header. */
export function countFrame(counts: Counts, given: Uint8Array): void {
  const frame = given.subarray(OFFLOAD.bytes);
  if (isProbe(frame)) {
    counts.probes++;
    return;
  }
  counts.packets++;
  counts.bytes += frame.length;
  counts[familyOf(frame)]++;
}

/** The counts at a time. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly counts: Readonly<Counts>;
}

/** What passed in a second between two readings. */
export function ratesOf(before: Reading, now: Reading) {
  const seconds = Math.max(1, now.time - before.time) / 1000;
  const rate = (name: "packets" | "bytes" | "probes") =>
    Math.round((now.counts[name] - before.counts[name]) / seconds);
  return { packets: rate("packets"), bytes: rate("bytes"), probes: rate("probes") };
}

/** One line of JSON. @param isEnd Whether it is the summary at the end. */
export function jsonLine(before: Reading, now: Reading, isEnd = false): string {
  const { packets, bytes } = ratesOf(before, now);
  return JSON.stringify({
    time: new Date(now.time).toISOString(),
    ...now.counts,
    packetsPerSecond: packets,
    bytesPerSecond: bytes,
    ...(isEnd && { end: true }),
  });
}

const COLUMNS = [
  "UTC",
  "PACKETS",
  "PACKETS/S",
  "BYTES",
  "BYTES/S",
  "IPV4",
  "IPV6",
  "PROBES/S",
  "DROPPED",
] as const;
const WIDTH = 11;

const columns = (cells: readonly (string | number)[]) =>
  cells.map((cell) => `${cell}`.padStart(WIDTH)).join("");

export const HEAD = columns(COLUMNS);

/** A line below `HEAD`. */
export function textLine(before: Reading, now: Reading): string {
  const { packets, bytes, ipv4, ipv6, dropped } = now.counts;
  const rates = ratesOf(before, now);
  const time = new Date(now.time).toISOString().slice(
    "2026-01-01T".length,
    "2026-01-01T00:00:00".length,
  );
  return columns([
    ...[time, packets, rates.packets, bytes, rates.bytes],
    ...[ipv4, ipv6, rates.probes, dropped],
  ]);
}

/** Whether a person who watches learns something new: packets came, were lost, or probes began or ended. */
export function isNews(earlier: Reading, before: Reading, now: Reading): boolean {
  const { packets, dropped } = before.counts;
  const isProbed = ratesOf(before, now).probes > 0;
  return packets !== now.counts.packets || dropped !== now.counts.dropped ||
    isProbed !== ratesOf(earlier, before).probes > 0;
}

/** The summary at the end. @param first When the sensor was started. */
export function summary(first: Reading, now: Reading): string {
  const { packets, bytes, ipv4, ipv6, other, probes, dropped, atReturn } = now.counts;
  const seconds = Math.round((now.time - first.time) / 1000);
  const back = atReturn > 0 ? `; ${atReturn} came in at the return device` : "";
  return `Forwarded ${packets} packets, ${bytes} bytes, in ${seconds} s (${ipv4} IPv4, ${ipv6} IPv6, ${other} other), ` +
    `and ${probes} health probes; did not forward ${dropped}${back}`;
}
