/** Parts of fields, on the wire and as text: ovs-actions(7), "Fields and Subfields". @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "./binary.ts";
import type { FieldSpec } from "./field_types.ts";
import { fieldNamed } from "./fields.ts";
import { readFieldHeader, writeFieldHeader, writeShortFieldHeader } from "./oxm.ts";

/** Some successive bits of a field. Bit 0 is the lowest one. */
export interface Subfield {
  /** The canonical name of the field. */
  readonly field: string;
  /** The first bit. */
  readonly start: number;
  /** The last bit, which belongs to the subfield. */
  readonly end: number;
}

/** `ofs_nbits` of Nicira actions: the first bit, and in the lowest 6 bits the number of bits less one. */
const OFFSET_SHIFT = 6;
const COUNT_MASK = 0x3f;

/** The number of bits of a subfield. */
export function widthOf({ start, end }: Subfield): number {
  return end - start + 1;
}

/** All bits of a field that actions can use. @throws {TypeError} If there is no field of that name. */
export function wholeField(name: string): Subfield {
  const spec = fieldNamed(name);
  return { field: spec.name, start: 0, end: spec.subfieldWidth - 1 };
}

/** `count` bits of a field from bit `start` on. @throws {ProtocolError} If the field does not have them. */
export function subfieldOf(spec: FieldSpec, start: number, count: number): Subfield {
  if (count < 1 || start + count > spec.width) {
    throw new ProtocolError(
      `Cannot use bits ${start}..${
        start + count - 1
      } of field "${spec.name}": it has ${spec.width}`,
    );
  }
  return { field: spec.name, start, end: start + count - 1 };
}

/** Writes the header of the subfield's field as Nicira actions have it. */
export function writeShortHeader(writer: Writer, { field }: Subfield): void {
  writeShortFieldHeader(writer, fieldNamed(field));
}

/** Writes the header of the subfield's field as standard actions have it. */
export function writeHeader(writer: Writer, { field }: Subfield): void {
  writeFieldHeader(writer, fieldNamed(field));
}

/** Which bits the subfield has, packed in 16 bits: `ofs_nbits` of Nicira actions. */
export function packBits(subfield: Subfield): number {
  return (subfield.start << OFFSET_SHIFT) | (widthOf(subfield) - 1);
}

/** The subfield of a field from `ofs_nbits`. @throws {ProtocolError} If the field does not have these bits. */
export function unpackBits(spec: FieldSpec, bits: number): Subfield {
  return subfieldOf(spec, bits >> OFFSET_SHIFT, (bits & COUNT_MASK) + 1);
}

/**
 * Reads the header of a field, then the number of the subfield's first bit in 16 bits.
 *
 * @param count The number of bits, which the caller has read before.
 * @throws {ProtocolError} If the field does not have these bits.
 * @throws {UnknownFieldError} If the field is not known.
 */
export function readSubfield(reader: Reader, count: number): Subfield {
  const spec = readFieldHeader(reader);
  return subfieldOf(spec, reader.u16(), count);
}

const SUBFIELD = /^(?<name>[\w.]+)(?:\[(?:(?<start>\d+)(?:\.\.(?<end>\d+))?)?\])?$/;

/**
 * A subfield from text such as `NXM_NX_REG0[0..15]`, `reg0[3]`, `eth_src[]` or just `eth_src`.
 *
 * @throws {TypeError} If the field does not have these bits.
 */
export function parseSubfield(text: string): Subfield {
  const groups = SUBFIELD.exec(text)?.groups;
  if (!groups) throw new TypeError(`Cannot use subfield "${text}": not field[first..last]`);
  const spec = fieldNamed(groups.name!);
  if (groups.start === undefined) return wholeField(spec.name);
  const start = Number(groups.start);
  const end = Number(groups.end ?? groups.start);
  if (end < start || end >= spec.width) {
    throw new TypeError(`Cannot use subfield "${text}": the field has ${spec.width} bits`);
  }
  return { field: spec.name, start, end };
}

/** A subfield as ovs-ofctl prints it, such as `NXM_NX_REG0[0..15]`. */
export function formatSubfield({ field, start, end }: Subfield): string {
  const spec = fieldNamed(field);
  const name = spec.shortHeader.name;
  if (start === 0 && end === spec.subfieldWidth - 1) return `${name}[]`;
  return start === end ? `${name}[${start}]` : `${name}[${start}..${end}]`;
}
