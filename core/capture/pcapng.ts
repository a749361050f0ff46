/**
 * Writes blocks of pcapng: draft-ietf-opsawg-pcapng. Each function returns one whole block.
 * @module
 */
import type { PacketDirection } from "../contracts/mod.ts";

/** Numbers are written with the lowest byte first, as the byte-order magic says. */
const LITTLE = true;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const [MAJOR, MINOR] = [1, 0];
/** The length of a section that is not known before its end. */
const UNKNOWN_LENGTH = -1n;
const LINKTYPE_ETHERNET = 1;

/** Types of blocks. */
export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  statistics: 5,
  packet: 6,
} as const;

/** Codes of options, by the kind of block. */
export const OPTION = {
  comment: 1,
  application: 4,
  name: 2,
  resolution: 9,
  flags: 2,
  begin: 2,
  end: 3,
  received: 4,
  dropped: 5,
} as const;
/** `if_tsresol`: times are millionths of a second. */
const MICROSECONDS = 6;
/** `epb_flags`: bits 0 and 1. What a Pod sends is outbound. */
const DIRECTIONS: Readonly<Record<PacketDirection, number>> = { ingress: 1, egress: 2 };

const WORD = 4;
/** Bytes of a block's type and its first length, and of its second length. */
const [HEAD, TAIL] = [8, 4];
const BITS_OF_HALF = 32n;
const padded = (length: number) => Math.ceil(length / WORD) * WORD;

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();
/** The most bytes that the length of an option can say. */
const LONGEST_OPTION = 0xffff;
const text = (code: number, value: string): Option => ({
  code,
  value: encoder.encode(value).subarray(0, LONGEST_OPTION),
});

function u64(code: number, value: bigint): Option {
  const view = new DataView(new ArrayBuffer(2 * WORD));
  view.setBigUint64(0, value, LITTLE);
  return { code, value: new Uint8Array(view.buffer) };
}

/** A time in the two halves in which pcapng writes it. */
function setTime(view: DataView, at: number, time: bigint): void {
  view.setUint32(at, Number(time >> BITS_OF_HALF), LITTLE);
  view.setUint32(at + WORD, Number(BigInt.asUintN(Number(BITS_OF_HALF), time)), LITTLE);
}

function time(code: number, value: bigint): Option {
  const view = new DataView(new ArrayBuffer(2 * WORD));
  setTime(view, 0, value);
  return { code, value: new Uint8Array(view.buffer) };
}

const sizeOf = (options: readonly Option[]) =>
  options.length === 0
    ? 0
    : options.reduce((sum, { value }) => sum + WORD + padded(value.length), WORD);

interface Block {
  readonly type: number;
  /** Bytes of the body, without options. */
  readonly length: number;
  readonly options: readonly Option[];
  readonly write: (body: DataView) => void;
}

function block({ type, length, options, write }: Block): Uint8Array<ArrayBuffer> {
  const total = HEAD + length + sizeOf(options) + TAIL;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, LITTLE);
  view.setUint32(WORD, total, LITTLE);
  write(new DataView(bytes.buffer, HEAD, length));
  let at = HEAD + length;
  for (const { code, value } of options) {
    view.setUint16(at, code, LITTLE);
    view.setUint16(at + WORD / 2, value.length, LITTLE);
    bytes.set(value, at + WORD);
    at += WORD + padded(value.length);
  }
  view.setUint32(total - TAIL, total, LITTLE); // behind the end of options, which is four zeros
  return bytes;
}

/** The first block. @param application The program that writes, with its version. */
export function sectionHeader(application: string): Uint8Array<ArrayBuffer> {
  return block({
    type: BLOCK.section,
    length: 4 * WORD,
    options: [text(OPTION.application, application)],
    write: (body) => {
      body.setUint32(0, BYTE_ORDER_MAGIC, LITTLE);
      body.setUint16(WORD, MAJOR, LITTLE);
      body.setUint16(WORD + 2, MINOR, LITTLE);
      body.setBigInt64(2 * WORD, UNKNOWN_LENGTH, LITTLE);
    },
  });
}

/** Describes the next interface: they are numbered from 0 on, in the order of their blocks. */
export function interfaceDescription(
  { name, comment, snapLength }: {
    readonly name: string;
    readonly comment: string;
    /** The most bytes of a packet that are kept. */
    readonly snapLength: number;
  },
): Uint8Array<ArrayBuffer> {
  return block({
    type: BLOCK.interface,
    length: 2 * WORD,
    options: [
      text(OPTION.name, name),
      { code: OPTION.resolution, value: new Uint8Array([MICROSECONDS]) },
      text(OPTION.comment, comment),
    ],
    write: (body) => {
      body.setUint16(0, LINKTYPE_ETHERNET, LITTLE);
      body.setUint32(WORD, snapLength, LITTLE);
    },
  });
}

export interface CapturedPacket {
  /** The number of the interface. */
  readonly at: number;
  /** Microseconds since 1970 began. */
  readonly time: bigint;
  readonly data: Uint8Array;
  /** The length of the packet, of which `data` may be the beginning. */
  readonly length: number;
  readonly direction: PacketDirection;
}

export function enhancedPacket(
  { at, time, data, length, direction }: CapturedPacket,
): Uint8Array<ArrayBuffer> {
  const head = 5 * WORD;
  const flags = new Uint8Array([DIRECTIONS[direction], 0, 0, 0]);
  return block({
    type: BLOCK.packet,
    length: head + padded(data.length),
    options: [{ code: OPTION.flags, value: flags }],
    write: (body) => {
      body.setUint32(0, at, LITTLE);
      setTime(body, WORD, time);
      body.setUint32(3 * WORD, data.length, LITTLE);
      body.setUint32(4 * WORD, length, LITTLE);
      new Uint8Array(body.buffer, body.byteOffset + head).set(data);
    },
  });
}

export interface InterfaceStatistics {
  /** The number of the interface. */
  readonly at: number;
  /** Microseconds since 1970 began. */
  readonly begin: bigint;
  readonly end: bigint;
  /** Packets that came, and those of them that are not in the file; absent if they are not known. */
  readonly received?: bigint;
  readonly dropped?: bigint;
  readonly comment: string;
}

export function interfaceStatistics(
  { at, begin, end, received, dropped, comment }: InterfaceStatistics,
): Uint8Array<ArrayBuffer> {
  return block({
    type: BLOCK.statistics,
    length: 3 * WORD,
    options: [
      time(OPTION.begin, begin),
      time(OPTION.end, end),
      ...(received === undefined ? [] : [u64(OPTION.received, received)]),
      ...(dropped === undefined ? [] : [u64(OPTION.dropped, dropped)]),
      text(OPTION.comment, comment),
    ],
    write: (body) => {
      body.setUint32(0, at, LITTLE);
      setTime(body, WORD, end);
    },
  });
}
