/** Matches and field headers on the wire: OpenFlow 1.5.1 section 7.2.3. @module */
import { ProtocolError } from "../../base/errors.ts";
import { aligned, ones, type Reader, type Writer } from "./binary.ts";
import type { FieldHeader, FieldSpec, FieldValue, Match } from "./field_types.ts";
import { EXPERIMENTER_CLASS, FIELDS, fieldWithHeader, UnknownFieldError } from "./fields.ts";
import { addToMatch, canonicalMatch, matchSpec } from "./match.ts";

const MATCH_TYPE_OXM = 1;
const MATCH_HEADER_BYTES = 4;
const EXPERIMENTER_BYTES = 4;
const HAS_MASK = 1;
const REGISTER_PAIR = /^reg(\d+)$/;
const REGISTER_BITS = 32n;

interface HeaderOptions {
  /** The number of bytes of value and mask. */
  readonly length: number;
  readonly masked?: boolean;
}

function writeHeader(writer: Writer, header: FieldHeader, { length, masked }: HeaderOptions): void {
  const experimenter = header.experimenter;
  writer.u16(header.class);
  writer.u8((header.number << 1) | (masked ? HAS_MASK : 0));
  writer.u8(length + (experimenter === undefined ? 0 : EXPERIMENTER_BYTES));
  if (experimenter !== undefined) writer.u32(experimenter);
}

interface WireHeader {
  readonly header: Omit<FieldHeader, "name">;
  readonly masked: boolean;
  readonly length: number;
}

function readHeader(reader: Reader): WireHeader {
  const oxmClass = reader.u16();
  const fieldAndMask = reader.u8();
  const length = reader.u8();
  const number = fieldAndMask >> 1;
  const masked = (fieldAndMask & HAS_MASK) !== 0;
  if (oxmClass !== EXPERIMENTER_CLASS) {
    return { header: { class: oxmClass, number }, masked, length };
  }
  if (length < EXPERIMENTER_BYTES) {
    throw new ProtocolError(
      `Cannot decode field ${number}: its length ${length} has no experimenter`,
    );
  }
  const experimenter = reader.u32();
  const header = { class: oxmClass, number, experimenter };
  return { header, masked, length: length - EXPERIMENTER_BYTES };
}

/** Writes the header of a field without a value, as standard actions have it. */
export function writeFieldHeader(writer: Writer, spec: FieldSpec): void {
  writeHeader(writer, spec.header, { length: spec.bytes });
}

/** Writes the header of a field without a value, as Nicira actions have it: that of NXM, if the field has one. */
export function writeShortFieldHeader(writer: Writer, spec: FieldSpec): void {
  writeHeader(writer, spec.shortHeader, { length: spec.bytes });
}

/**
 * Reads the header of a field that has no value, as actions have it.
 *
 * @throws {UnknownFieldError} If no field has that header with that length.
 */
export function readFieldHeader(reader: Reader): FieldSpec {
  const { header, length } = readHeader(reader);
  const spec = fieldWithHeader(header, length);
  if (spec.bytes !== length) {
    throw new UnknownFieldError(`Cannot decode field "${spec.name}": its length is ${length}`);
  }
  return spec;
}

/** Writes the header of a field, its value and, unless all bits count, its mask. */
export function writeField(writer: Writer, spec: FieldSpec, { value, mask }: FieldValue): void {
  const masked = mask !== undefined && mask !== ones(spec.width);
  writeHeader(writer, spec.header, { length: spec.bytes * (masked ? 2 : 1), masked });
  writer.uint(masked ? value & mask : value, spec.bytes);
  if (masked) writer.uint(mask, spec.bytes);
}

/**
 * Reads the header of a field, its value and its mask, if it has one.
 *
 * @throws {UnknownFieldError} If no field has that header.
 * @throws {ProtocolError} If the field's values have another length.
 */
export function readField(
  reader: Reader,
): { readonly spec: FieldSpec; readonly value: FieldValue } {
  const { header, masked, length } = readHeader(reader);
  const bytes = masked ? length / 2 : length;
  if (!Number.isInteger(bytes)) {
    throw new ProtocolError(`Cannot decode a field: value and mask have the odd length ${length}`);
  }
  const spec = fieldWithHeader(header, bytes);
  if (spec.bytes !== bytes) {
    throw new ProtocolError(`Cannot decode field "${spec.name}": its length is ${bytes}`);
  }
  const value = reader.uint(bytes);
  if (!masked) return { spec, value: { value } };
  const mask = reader.uint(bytes);
  const exact = (mask & ones(spec.width)) === ones(spec.width);
  return { spec, value: exact ? { value } : { value, mask } };
}

const ORDER: ReadonlyMap<string, number> = new Map(FIELDS.map(({ name }, index) => [name, index]));

function rank(name: string): number {
  return ORDER.get(name) ?? FIELDS.length;
}

/** Each pair of 32-bit registers as the 64-bit register of OpenFlow 1.5: ovs-fields(7), "Register Fields". */
function widened(match: Match): [string, FieldValue][] {
  const entries = new Map<string, FieldValue>();
  for (const name of Object.keys(match).sort((a, b) => rank(a) - rank(b))) {
    const number = REGISTER_PAIR.exec(name)?.[1];
    if (number === undefined) {
      entries.set(name, match[name]!);
      continue;
    }
    const wide = `xreg${Number(number) >> 1}`;
    const shift = Number(number) % 2 === 0 ? REGISTER_BITS : 0n;
    const { value, mask = ones(32) } = match[name]!;
    const other = entries.get(wide);
    entries.set(wide, {
      value: (other?.value ?? 0n) | (value << shift),
      mask: (other?.mask ?? 0n) | (mask << shift),
    });
  }
  return [...entries];
}

/** Writes a match with its padding. Prerequisites come before the fields that need them. */
export function writeMatch(writer: Writer, match: Match): void {
  const start = writer.length;
  writer.u16(MATCH_TYPE_OXM).u16(0);
  for (const [name, value] of widened(canonicalMatch(match))) {
    writeField(writer, matchSpec(name), value);
  }
  writer.patch16(start + 2, writer.length - start).align(start);
}

/**
 * Reads a match with its padding.
 *
 * @returns The match in canonical form.
 * @throws {ProtocolError} If it is not a well-formed match.
 */
export function readMatch(reader: Reader): Match {
  const type = reader.u16();
  const length = reader.u16();
  if (type !== MATCH_TYPE_OXM || length < MATCH_HEADER_BYTES) {
    throw new ProtocolError(`Cannot decode a match: its type is ${type} and its length ${length}`);
  }
  const fields = reader.part(length - MATCH_HEADER_BYTES);
  const match: Record<string, FieldValue> = {};
  while (fields.left > 0) {
    const { spec, value } = readField(fields);
    addToMatch(match, spec.name, value);
  }
  reader.skip(aligned(length) - length);
  return match;
}
