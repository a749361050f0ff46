/** The writers of Nicira actions: ovs-actions(7). @module */
import { aligned, type Writer } from "../fields/binary.ts";
import { fieldNamed } from "../fields/fields.ts";
import { writeShortFieldHeader } from "../fields/oxm.ts";
import { PORT, toShortPort } from "../fields/ports.ts";
import { packBits, widthOf, writeShortHeader } from "../fields/subfields.ts";
import { type Encoder, nicira } from "./action_codec.ts";
import type { ActionOf, SampleAction } from "./action_types.ts";
import { writeConntrack, writeNat } from "./conntrack.ts";
import { writeController } from "./controller_action.ts";
import { writeBundle, writeMultipath } from "./hash_actions.ts";
import { writeLearn } from "./learn.ts";
import { SUBTYPE } from "./nx_subtypes.ts";
import { writeDecTtl, writeOutput } from "./standard_actions.ts";

const EMPTY_PADDING = 6;
const SAME_PORT = toShortPort(PORT.IN_PORT);
const SAME_TABLE = 0xff;
/** The bytes after the header of an action that ends with the header of a field, and is padded. */
const FIELD_BODY_BYTES = 14;
const NICIRA_HEADER_BYTES = 10;
const ALL_BYTES = 0xffff;
/** The directions of `sample`, by their numbers on the wire. */
export const SAMPLE_DIRECTIONS: readonly SampleAction["direction"][] = [
  undefined,
  "ingress",
  "egress",
];
const DIRECTION_PADDING = 5;

function writeOutputAction(writer: Writer, { port, maxLength }: ActionOf<"output">): void {
  if (maxLength === undefined) return writeOutput(writer, port, 0);
  nicira(writer, SUBTYPE.output_trunc, () => writer.u16(toShortPort(port)).u32(maxLength));
}

function writeOutputField(writer: Writer, { from }: ActionOf<"output_field">): void {
  nicira(writer, SUBTYPE.output_reg, () => {
    writer.u16(packBits(from));
    writeShortHeader(writer, from);
    writer.u16(ALL_BYTES).zeros(EMPTY_PADDING);
  });
}

function writeResubmit(writer: Writer, { table, port, ct }: ActionOf<"resubmit">): void {
  const shortPort = port === undefined ? SAME_PORT : toShortPort(port);
  nicira(writer, ct ? SUBTYPE.resubmit_table_ct : SUBTYPE.resubmit_table, () => {
    writer.u16(shortPort).u8(table ?? SAME_TABLE).zeros(3);
  });
}

function writeStack(writer: Writer, { type, subfield }: ActionOf<"push"> | ActionOf<"pop">): void {
  nicira(writer, type === "push" ? SUBTYPE.stack_push : SUBTYPE.stack_pop, () => {
    const start = writer.length;
    writer.u16(subfield.start);
    writeShortHeader(writer, subfield);
    writer.u16(widthOf(subfield)).zeros(FIELD_BODY_BYTES - (writer.length - start));
  });
}

function writeDecTtlAction(writer: Writer, { ids }: ActionOf<"dec_ttl">): void {
  if (!ids) return writeDecTtl(writer);
  nicira(writer, SUBTYPE.dec_ttl_ids, () => {
    writer.u16(ids.length).zeros(4);
    for (const id of ids) writer.u16(id);
  });
}

/**
 * The bytes of a note with the zeros that pad its action to a multiple of 8 bytes. The switch keeps these zeros, too.
 */
export function paddedNote(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(aligned(bytes.length + NICIRA_HEADER_BYTES) - NICIRA_HEADER_BYTES);
  padded.set(bytes);
  return padded;
}

function writeNote(writer: Writer, { bytes }: ActionOf<"note">): void {
  nicira(writer, SUBTYPE.note, () => writer.bytes(paddedNote(bytes)));
}

function writeSample(writer: Writer, action: SampleAction): void {
  const { probability, collectorSet, domain, point, port, direction } = action;
  const extended = direction ? SUBTYPE.sample3 : SUBTYPE.sample2;
  const plain = port === undefined && !direction;
  nicira(writer, plain ? SUBTYPE.sample : extended, () => {
    writer.u16(probability).u32(collectorSet).u32(domain).u32(point);
    if (plain) return;
    writer.u16(toShortPort(port ?? PORT.ANY)).u8(SAMPLE_DIRECTIONS.indexOf(direction));
    writer.zeros(DIRECTION_PADDING);
  });
}

/** The writer of an action that has no properties. */
function empty(subtype: number): (writer: Writer) => void {
  return (writer) => nicira(writer, subtype, () => writer.zeros(EMPTY_PADDING));
}

/** The writer of each type of action that is a Nicira action, always or with some of its properties. */
export const NICIRA_ENCODERS = {
  output: writeOutputAction,
  output_field: writeOutputField,
  controller: writeController,
  push: writeStack,
  pop: writeStack,
  learn: writeLearn,
  resubmit: writeResubmit,
  clone: (
    writer: Writer,
    { actions }: ActionOf<"clone">,
    writeActions: Parameters<Encoder<"clone">>[2],
  ) =>
    nicira(writer, SUBTYPE.clone, () => {
      writer.zeros(EMPTY_PADDING);
      writeActions(writer, actions);
    }),
  pop_queue: empty(SUBTYPE.pop_queue),
  ct_clear: empty(SUBTYPE.ct_clear),
  exit: empty(SUBTYPE.exit),
  dec_nsh_ttl: empty(SUBTYPE.dec_nsh_ttl),
  dec_ttl: writeDecTtlAction,
  conjunction: (writer: Writer, { id, clause, clauses }: ActionOf<"conjunction">) =>
    nicira(writer, SUBTYPE.conjunction, () => writer.u8(clause).u8(clauses).u32(id)),
  note: writeNote,
  fin_timeout: (writer: Writer, { idleTimeout, hardTimeout }: ActionOf<"fin_timeout">) =>
    nicira(writer, SUBTYPE.fin_timeout, () => writer.u16(idleTimeout).u16(hardTimeout).u16(0)),
  check_pkt_larger: (writer: Writer, { length, to }: ActionOf<"check_pkt_larger">) =>
    nicira(writer, SUBTYPE.check_pkt_larger, () => {
      const start = writer.length;
      writer.u16(length).u16(to.start);
      writeShortHeader(writer, to);
      writer.zeros(FIELD_BODY_BYTES - (writer.length - start));
    }),
  delete_field: (writer: Writer, { field }: ActionOf<"delete_field">) =>
    nicira(writer, SUBTYPE.delete_field, () => {
      const start = writer.length;
      writeShortFieldHeader(writer, fieldNamed(field));
      writer.zeros(FIELD_BODY_BYTES - (writer.length - start));
    }),
  ct: writeConntrack,
  nat: writeNat,
  multipath: writeMultipath,
  bundle: writeBundle,
  sample: writeSample,
} satisfies { readonly [Type in Parameters<Encoder<never>>[1]["type"]]?: Encoder<Type> };
