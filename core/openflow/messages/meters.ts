/** Meters, which drop what comes faster than they allow: OpenFlow 1.5.1 sections 7.3.4.5 and 7.3.5.15. @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "../fields/binary.ts";
import { optional } from "./action_codec.ts";

/** How much a meter lets pass. */
export interface MeterLimit {
  readonly unit: "packets" | "kilobits";
  /** Units per second. */
  readonly rate: number;
  /** So many units may come at once. */
  readonly burst: number;
}

/** A meter of the switch. `limit` is absent if the meter does anything but drop what is above one limit. */
export interface Meter {
  readonly id: number;
  readonly limit?: MeterLimit;
}

const COMMANDS = { add: 0, modify: 1, delete: 2 } as const;
export type MeterCommand = keyof typeof COMMANDS;

/** OFPMF_*. */
const FLAG = { kilobits: 1, packets: 2, burst: 4, statistics: 8 } as const;
/** OFPM_ALL. */
const ALL_METERS = 0xffffffff;
const DROP_BAND = 1;
const BAND_BYTES = 16;
const METER_HEADER_BYTES = 8;

/** Writes the body of a meter_mod. To delete a meter, only its `id` is written. */
export function writeMeterMod(writer: Writer, command: MeterCommand, { id, limit }: Meter): void {
  const isWhole = limit !== undefined && command !== "delete";
  const flags = isWhole ? FLAG[limit.unit] | FLAG.burst | FLAG.statistics : 0;
  writer.u16(COMMANDS[command]).u16(flags).u32(id);
  if (!isWhole) return;
  writer.u16(DROP_BAND).u16(BAND_BYTES).u32(limit.rate).u32(limit.burst).zeros(4);
}

/** Writes the body of a request for all meters: OFPMP_METER_DESC. */
export function writeMeterRequest(writer: Writer): void {
  writer.u32(ALL_METERS).zeros(4);
}

/** Reads meters until the end of the reader. @throws {ProtocolError} If one is not well formed. */
export function readMeters(reader: Reader): Meter[] {
  const meters: Meter[] = [];
  while (reader.left > 0) {
    const length = reader.peek16();
    if (length < METER_HEADER_BYTES) {
      throw new ProtocolError(`Cannot decode a meter: its length is ${length}`);
    }
    const part = reader.part(length).skip(2);
    const [flags, id] = [part.u16(), part.u32()];
    meters.push({ id, ...optional("limit", readLimit(part, flags)) });
  }
  return meters;
}

/** What a meter has counted since it was added. */
export interface MeterCounts {
  readonly id: number;
  /** Packets that came to it, also those that it has dropped. */
  readonly packets: bigint;
}

/** `struct ofp_meter_stats` of OpenFlow 1.5.1 section 7.3.5.14, up to its bands. */
const STATS = { head: 6, beforePackets: 6 + 4, bytes: 40 } as const;

/** Writes the body of a request for what one meter has counted: OFPMP_METER_STATS. */
export function writeMeterCountsRequest(writer: Writer, id: number): void {
  writer.u32(id).zeros(4);
}

/** Reads what meters have counted, until the end of the reader. @throws {ProtocolError} If it is not well formed. */
export function readMeterCounts(reader: Reader): MeterCounts[] {
  const all: MeterCounts[] = [];
  while (reader.left > 0) {
    const [id, length] = [reader.u32(), reader.u16()];
    if (length < STATS.bytes) {
      throw new ProtocolError(`Cannot decode the counts of a meter: their length is ${length}`);
    }
    const rest = reader.part(length - STATS.head).skip(STATS.beforePackets);
    all.push({ id, packets: rest.u64() });
  }
  return all;
}

/** The limit of a meter with one band that drops; nothing if it has other bands. */
function readLimit(bands: Reader, flags: number): MeterLimit | undefined {
  if (bands.left !== BAND_BYTES || bands.u16() !== DROP_BAND) return undefined;
  const unit = (flags & FLAG.packets) === 0 ? "kilobits" : "packets";
  const [rate, burst] = [bands.skip(2).u32(), bands.u32()];
  return { unit, rate, burst };
}
