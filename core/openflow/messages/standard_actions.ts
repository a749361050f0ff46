/** The actions that OpenFlow itself defines: OpenFlow 1.5.1 section 7.2.6. @module */
import type { Reader, Writer } from "../fields/binary.ts";
import type { FieldSpec, FieldValue } from "../fields/field_types.ts";
import { fieldNamed } from "../fields/fields.ts";
import { readField, readFieldHeader, writeField } from "../fields/oxm.ts";
import { PORT } from "../fields/ports.ts";
import { subfieldOf, widthOf, writeHeader } from "../fields/subfields.ts";
import { type Decoder, type Encoder, standard } from "./action_codec.ts";
import type { ActionOf, ActionType } from "./action_types.ts";

const TYPE = {
  output: 0,
  set_mpls_ttl: 15,
  dec_mpls_ttl: 16,
  push_vlan: 17,
  pop_vlan: 18,
  push_mpls: 19,
  pop_mpls: 20,
  set_queue: 21,
  group: 22,
  set_nw_ttl: 23,
  dec_ttl: 24,
  set_field: 25,
  copy_field: 28,
  meter: 29,
} as const;
const OUTPUT_PADDING = 6;
const SHORT_PADDING = 2;
const BYTE_PADDING = 3;

/** Writes an `output` action. @param maxLength The most bytes that a controller gets, OFPCML_*. */
export function writeOutput(writer: Writer, port: number, maxLength: number): void {
  standard(writer, TYPE.output, () => writer.u32(port).u16(maxLength).zeros(OUTPUT_PADDING));
}

/** Writes a `dec_ttl` action that names no controllers. */
export function writeDecTtl(writer: Writer): void {
  standard(writer, TYPE.dec_ttl, () => writer.u32(0));
}

/** Writes a `set_field` action. */
export function writeSetField(writer: Writer, spec: FieldSpec, value: FieldValue): void {
  standard(writer, TYPE.set_field, () => writeField(writer, spec, value));
}

function readOutput(reader: Reader): ActionOf<"output"> | ActionOf<"controller"> {
  const port = reader.u32();
  const maxLength = reader.u16();
  reader.skip(OUTPUT_PADDING);
  return port === PORT.CONTROLLER ? { type: "controller", maxLength } : { type: "output", port };
}

/** What a `load` writes, as a value of the whole field and a mask. */
function loaded({ value, to }: ActionOf<"load">): FieldValue {
  const shift = BigInt(to.start);
  const { width, subfieldWidth } = fieldNamed(to.field);
  const bits = widthOf(to);
  if (bits === width || bits === subfieldWidth) return { value };
  return { value: value << shift, mask: ((1n << BigInt(bits)) - 1n) << shift };
}

/** A `load` as the `set_field` that OpenFlow 1.5 has instead: ovs-actions(7), `load`. */
export function loadAsSetField(action: ActionOf<"load">): ActionOf<"set_field"> {
  return { type: "set_field", field: action.to.field, ...loaded(action) };
}

type Ethertype = "push_vlan" | "push_mpls" | "pop_mpls";
type Ttl = "set_mpls_ttl" | "set_nw_ttl";

function ethertypeEncoder(type: Ethertype): (writer: Writer, action: ActionOf<Ethertype>) => void {
  return (writer, { ethertype }) => standard(writer, TYPE[type], () => writer.u16(ethertype));
}

function ttlEncoder(type: Ttl): (writer: Writer, action: ActionOf<Ttl>) => void {
  return (writer, { ttl }) => standard(writer, TYPE[type], () => writer.u8(ttl));
}

function ethertypeDecoder(type: Ethertype): Decoder {
  return (reader) => {
    const ethertype = reader.u16();
    reader.skip(SHORT_PADDING);
    return { type, ethertype };
  };
}

function ttlDecoder(type: Ttl): Decoder {
  return (reader) => {
    const ttl = reader.u8();
    reader.skip(BYTE_PADDING);
    return { type, ttl };
  };
}

type StandardType =
  | Ethertype
  | Ttl
  | "dec_mpls_ttl"
  | "pop_vlan"
  | "set_queue"
  | "group"
  | "set_field"
  | "move"
  | "load"
  | "meter";

/** The writer of each type of action. */
export const STANDARD_ENCODERS: {
  readonly [Type in StandardType & ActionType]: Encoder<Type>;
} = {
  set_mpls_ttl: ttlEncoder("set_mpls_ttl"),
  set_nw_ttl: ttlEncoder("set_nw_ttl"),
  dec_mpls_ttl: (writer) => standard(writer, TYPE.dec_mpls_ttl, () => writer.u32(0)),
  push_vlan: ethertypeEncoder("push_vlan"),
  pop_vlan: (writer) => standard(writer, TYPE.pop_vlan, () => writer.u32(0)),
  push_mpls: ethertypeEncoder("push_mpls"),
  pop_mpls: ethertypeEncoder("pop_mpls"),
  set_queue: (writer, { queue }) => standard(writer, TYPE.set_queue, () => writer.u32(queue)),
  group: (writer, { group }) => standard(writer, TYPE.group, () => writer.u32(group)),
  meter: (writer, { meter }) => standard(writer, TYPE.meter, () => writer.u32(meter)),
  set_field: (writer, { field, value, mask }) =>
    writeSetField(writer, fieldNamed(field), mask === undefined ? { value } : { value, mask }),
  load: (writer, action) => writeSetField(writer, fieldNamed(action.to.field), loaded(action)),
  move: (writer, { from, to }) =>
    standard(writer, TYPE.copy_field, () => {
      writer.u16(widthOf(from)).u16(from.start).u16(to.start).zeros(SHORT_PADDING);
      writeHeader(writer, from);
      writeHeader(writer, to);
    }),
};

function readMove(reader: Reader): ActionOf<"move"> {
  const [count, from, to] = [reader.u16(), reader.u16(), reader.u16()];
  reader.skip(SHORT_PADDING);
  const source = subfieldOf(readFieldHeader(reader), from, count);
  return { type: "move", from: source, to: subfieldOf(readFieldHeader(reader), to, count) };
}

/** The reader of each action, by its number on the wire. */
export const STANDARD_DECODERS: Readonly<Record<number, Decoder>> = {
  [TYPE.output]: readOutput,
  [TYPE.set_mpls_ttl]: ttlDecoder("set_mpls_ttl"),
  [TYPE.dec_mpls_ttl]: (reader) => (reader.skip(4), { type: "dec_mpls_ttl" }),
  [TYPE.push_vlan]: ethertypeDecoder("push_vlan"),
  [TYPE.pop_vlan]: (reader) => (reader.skip(4), { type: "pop_vlan" }),
  [TYPE.push_mpls]: ethertypeDecoder("push_mpls"),
  [TYPE.pop_mpls]: ethertypeDecoder("pop_mpls"),
  [TYPE.set_queue]: (reader) => ({ type: "set_queue", queue: reader.u32() }),
  [TYPE.group]: (reader) => ({ type: "group", group: reader.u32() }),
  [TYPE.set_nw_ttl]: ttlDecoder("set_nw_ttl"),
  [TYPE.dec_ttl]: (reader) => (reader.skip(4), { type: "dec_ttl" }),
  [TYPE.meter]: (reader) => ({ type: "meter", meter: reader.u32() }),
  [TYPE.copy_field]: readMove,
  [TYPE.set_field]: (reader) => {
    const { spec, value } = readField(reader);
    return { type: "set_field", field: spec.name, ...value };
  },
};
