/** Parts of fields, on the wire and as text: ovs-actions(7), "Fields and Subfields". @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "./binary.ts";
import type { FieldSpec } from "./field_types.ts";
import { fieldNamed } from "./fields.ts";
import { readFieldHeader, writeFieldHeader, writeShortFieldHeader } from "./oxm.ts";

/** Some bits of a field, first and last included. */
export interface Subfield {
  /** Canonical name. */
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** `nx_action_*.ofs_nbits`: the first bit and, in the low 6 bits, one less than their number. */
const OFFSET_SHIFT = 6;
const COUNT_MASK = 0x3f;

/** The number of bits. */
export function widthOf({ start, end }: Subfield): number {
  return end - start + 1;
}

/** All bits of a field. */
export function wholeField(name: string): Subfield {
  const spec = fieldNamed(name);
  return { field: spec.name, start: 0, end: spec.subfieldWidth - 1 };
}

/** @throws {ProtocolError} If the field does not have these bits. */
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

/** Writes the field's name, NXM rather than OXM. */
export function writeShortHeader(writer: Writer, { field }: Subfield): void {
  writeShortFieldHeader(writer, fieldNamed(field));
}

/** Writes the field's name. */
export function writeHeader(writer: Writer, { field }: Subfield): void {
  writeFieldHeader(writer, fieldNamed(field));
}

/** The bits in 16 bits. */
export function packBits(subfield: Subfield): number {
  return (subfield.start << OFFSET_SHIFT) | (widthOf(subfield) - 1);
}

/** Bits that were packed in 16 bits before their field's name. */
export function unpackBits(spec: FieldSpec, bits: number): Subfield {
  return subfieldOf(spec, bits >> OFFSET_SHIFT, (bits & COUNT_MASK) + 1);
}

/** Reads a field's name, then its bits of a number known before. */
export function readSubfield(reader: Reader, count: number): Subfield {
  const spec = readFieldHeader(reader);
  return subfieldOf(spec, reader.u16(), count);
}

const SUBFIELD = /^(?<name>[\w.]+)(?:\[(?:(?<start>\d+)(?:\.\.(?<end>\d+))?)?\])?$/;

/** `NXM_NX_REG0[0..15]`, `reg0[3]`, `eth_src[]` or just `eth_src`. */
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

/** As ovs-ofctl prints it. */
export function formatSubfield({ field, start, end }: Subfield): string {
  const spec = fieldNamed(field);
  const name = spec.shortHeader.name;
  if (start === 0 && end === spec.subfieldWidth - 1) return `${name}[]`;
  return start === end ? `${name}[${start}]` : `${name}[${start}..${end}]`;
}
