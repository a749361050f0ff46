/** The `learn` action on the wire: ovs-actions(7), NXAST_LEARN and NXAST_LEARN2. @module */
import { ProtocolError } from "../../base/errors.ts";
import { ALIGNMENT, type Reader, type Writer } from "../fields/binary.ts";
import { readFieldHeader } from "../fields/oxm.ts";
import {
  readSubfield,
  type Subfield,
  subfieldOf,
  widthOf,
  writeShortHeader,
} from "../fields/subfields.ts";
import { nicira, optional } from "./action_codec.ts";
import type { LearnAction, LearnSpec } from "./action_types.ts";
import { SUBTYPE } from "./nx_subtypes.ts";

const FLAG = { sendFlowRemoved: 1, deleteLearned: 2, writeResult: 4 } as const;

/** The header of a part: number of bits, kind of destination, kind of source. */
const BITS_MASK = 0x3ff;
const IMMEDIATE = 1 << 13;
const KIND_MASK = IMMEDIATE | (3 << 11);
const KIND: Readonly<Record<LearnSpec["type"], number>> = {
  match_field: 0,
  match_value: IMMEDIATE,
  load_field: 1 << 11,
  load_value: IMMEDIATE | (1 << 11),
  output: 2 << 11,
};
const TYPE_OF_KIND: ReadonlyMap<number, LearnSpec["type"]> = new Map(
  Object.entries(KIND).map(([type, kind]) => [kind, type as LearnSpec["type"]]),
);

function writeSubfield(writer: Writer, subfield: Subfield): void {
  writeShortHeader(writer, subfield);
  writer.u16(subfield.start);
}

/** The bytes of a value that the part itself has: whole words of 16 bits. */
function immediateBytes(bits: number): number {
  return 2 * Math.ceil(bits / 16);
}

function writeSpec(writer: Writer, spec: LearnSpec): void {
  const bits = widthOf("to" in spec ? spec.to : spec.from);
  writer.u16(KIND[spec.type] | bits);
  if ("from" in spec) writeSubfield(writer, spec.from);
  else writer.uint(spec.value, immediateBytes(bits));
  if ("to" in spec) writeSubfield(writer, spec.to);
}

function writeBody(writer: Writer, action: LearnAction, extended: boolean): void {
  const { result, idleTimeout = 0, hardTimeout = 0, finIdleTimeout = 0, finHardTimeout = 0 } =
    action;
  const flags = (action.sendFlowRemoved ? FLAG.sendFlowRemoved : 0) |
    (action.deleteLearned ? FLAG.deleteLearned : 0) | (result ? FLAG.writeResult : 0);
  writer.u16(idleTimeout).u16(hardTimeout).u16(action.priority).u64(action.cookie);
  writer.u16(flags).u8(action.table).u8(0).u16(finIdleTimeout).u16(finHardTimeout);
  if (extended) writer.u32(action.limit ?? 0).u16(result?.start ?? 0).u16(0);
  if (result) writeShortHeader(writer, result);
  for (const spec of action.specs) writeSpec(writer, spec);
}

/** Writes a `learn` action: NXAST_LEARN2 if it has a limit or a result, otherwise NXAST_LEARN. */
export function writeLearn(writer: Writer, action: LearnAction): void {
  const extended = action.limit !== undefined || action.result !== undefined;
  const subtype = extended ? SUBTYPE.learn2 : SUBTYPE.learn;
  nicira(writer, subtype, () => writeBody(writer, action, extended));
}

function readSpec(reader: Reader, header: number): LearnSpec {
  const bits = header & BITS_MASK;
  const type = TYPE_OF_KIND.get(header & KIND_MASK);
  if (type === undefined || bits === 0 || (header & ~(KIND_MASK | BITS_MASK)) !== 0) {
    throw new ProtocolError(
      `Cannot decode a learn action: a part with header ${header} is of no known kind`,
    );
  }
  if (type === "match_value" || type === "load_value") {
    const value = reader.uint(immediateBytes(bits));
    return { type, value, to: readSubfield(reader, bits) };
  }
  const from = readSubfield(reader, bits);
  if (type === "output") return { type, from };
  return { type, from, to: readSubfield(reader, bits) };
}

function readSpecs(reader: Reader): LearnSpec[] {
  const specs: LearnSpec[] = [];
  while (reader.left > 0) {
    if (reader.left < ALIGNMENT && (reader.left < 2 || reader.peek16() === 0)) break;
    specs.push(readSpec(reader, reader.u16()));
  }
  return specs;
}

const unlessZero = <Key extends string>(key: Key, value: number) =>
  optional(key, value || undefined);

function readLearnOf(reader: Reader, extended: boolean): LearnAction {
  const [idleTimeout, hardTimeout, priority] = [reader.u16(), reader.u16(), reader.u16()];
  const cookie = reader.u64();
  const flags = reader.u16();
  const table = reader.u8();
  reader.skip(1);
  const [finIdleTimeout, finHardTimeout] = [reader.u16(), reader.u16()];
  const limit = extended ? reader.u32() : 0;
  const resultStart = extended ? reader.u16() : 0;
  if (extended) reader.skip(2);
  const result = extended && flags & FLAG.writeResult
    ? subfieldOf(readFieldHeader(reader), resultStart, 1)
    : undefined;
  return {
    type: "learn",
    table,
    priority,
    cookie,
    ...unlessZero("idleTimeout", idleTimeout),
    ...unlessZero("hardTimeout", hardTimeout),
    ...unlessZero("finIdleTimeout", finIdleTimeout),
    ...unlessZero("finHardTimeout", finHardTimeout),
    ...unlessZero("limit", limit),
    ...(flags & FLAG.sendFlowRemoved && { sendFlowRemoved: true }),
    ...(flags & FLAG.deleteLearned && { deleteLearned: true }),
    ...optional("result", result),
    specs: readSpecs(reader),
  };
}

/** Reads a `learn` action after its header: NXAST_LEARN. @throws {ProtocolError} If it is not well formed. */
export function readLearn(reader: Reader): LearnAction {
  return readLearnOf(reader, false);
}

/** Reads a `learn` action after its header: NXAST_LEARN2. @throws {ProtocolError} If it is not well formed. */
export function readLearn2(reader: Reader): LearnAction {
  return readLearnOf(reader, true);
}
