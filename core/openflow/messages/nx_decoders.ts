/** The readers of Nicira actions: ovs-actions(7). @module */
import { ALIGNMENT, type Reader } from "../fields/binary.ts";
import { readFieldHeader } from "../fields/oxm.ts";
import { fromShortPort, PORT, toShortPort } from "../fields/ports.ts";
import { subfieldOf, unpackBits } from "../fields/subfields.ts";
import type { Decoder } from "./action_codec.ts";
import type { ActionOf, SampleAction } from "./action_types.ts";
import { readConntrack, readNat } from "./conntrack.ts";
import { readController, readController2 } from "./controller_action.ts";
import { readBundle, readMultipath } from "./hash_actions.ts";
import { readLearn, readLearn2 } from "./learn.ts";
import { SAMPLE_DIRECTIONS } from "./nx_encoders.ts";
import { SUBTYPE } from "./nx_subtypes.ts";

const EMPTY_PADDING = 6;
const SAME_PORT = toShortPort(PORT.IN_PORT);
const SAME_TABLE = 0xff;

/** The reader of an action that has no properties. */
function empty(type: ActionOf<"pop_queue" | "ct_clear" | "exit" | "dec_nsh_ttl">["type"]): Decoder {
  return (reader) => {
    reader.skip(EMPTY_PADDING);
    return { type };
  };
}

function fromPort(port: number) {
  return port === SAME_PORT ? {} : { port: fromShortPort(port) };
}

function readResubmit(reader: Reader): ActionOf<"resubmit"> {
  const port = reader.u16();
  reader.skip(4);
  return { type: "resubmit", ...fromPort(port) };
}

function readResubmitTable(reader: Reader): ActionOf<"resubmit"> {
  const [port, table] = [reader.u16(), reader.u8()];
  reader.skip(3);
  return { type: "resubmit", ...(table !== SAME_TABLE && { table }), ...fromPort(port) };
}

function skipZeros(reader: Reader): void {
  while (reader.left >= ALIGNMENT && reader.peek16() === 0) reader.skip(2);
}

function readStack(reader: Reader, type: "push" | "pop"): ActionOf<"push"> | ActionOf<"pop"> {
  const start = reader.u16();
  const spec = readFieldHeader(reader);
  const subfield = subfieldOf(spec, start, reader.u16());
  return { type, subfield };
}

function readOutputField(reader: Reader): ActionOf<"output_field"> {
  const bits = reader.u16();
  const from = unpackBits(readFieldHeader(reader), bits);
  reader.skip(2); // the most bytes for a controller, which is always all
  skipZeros(reader);
  return { type: "output_field", from };
}

function readOutputField2(reader: Reader): ActionOf<"output_field"> {
  const bits = reader.u16();
  reader.skip(2);
  const from = unpackBits(readFieldHeader(reader), bits);
  return { type: "output_field", from };
}

function readDecTtl(reader: Reader): ActionOf<"dec_ttl"> {
  const count = reader.u16();
  reader.skip(4);
  return { type: "dec_ttl", ids: Array.from({ length: count }, () => reader.u16()) };
}

function readOutput(reader: Reader): ActionOf<"output"> {
  return { type: "output", port: fromShortPort(reader.u16()), maxLength: reader.u32() };
}

function readCheck(reader: Reader): ActionOf<"check_pkt_larger"> {
  const [length, start] = [reader.u16(), reader.u16()];
  return { type: "check_pkt_larger", length, to: subfieldOf(readFieldHeader(reader), start, 1) };
}

function readDelete(reader: Reader): ActionOf<"delete_field"> {
  const { name } = readFieldHeader(reader);
  skipZeros(reader);
  return { type: "delete_field", field: name };
}

function readSample(reader: Reader): SampleAction {
  const [probability, collectorSet] = [reader.u16(), reader.u32()];
  const [domain, point] = [reader.u32(), reader.u32()];
  return { type: "sample", probability, collectorSet, domain, point };
}

function readSample2(reader: Reader): SampleAction {
  const sample = readSample(reader);
  const port = fromShortPort(reader.u16());
  const direction = SAMPLE_DIRECTIONS[reader.u8()];
  reader.skip(5);
  return { ...sample, ...(port !== PORT.ANY && { port }), ...(direction && { direction }) };
}

/** An older action that sets the id of the tunnel, as what OpenFlow has for it since 1.2. */
function setTunnel(value: bigint): ActionOf<"set_field"> {
  return { type: "set_field", field: "tun_id", value };
}

/** The reader of each action, by subtype. */
export const NICIRA_DECODERS: Readonly<Record<number, Decoder>> = {
  [SUBTYPE.resubmit]: readResubmit,
  [SUBTYPE.set_tunnel]: (reader) => setTunnel(BigInt(reader.skip(2).u32())),
  [SUBTYPE.pop_queue]: empty("pop_queue"),
  [SUBTYPE.note]: (reader) => ({ type: "note", bytes: reader.rest().slice() }),
  [SUBTYPE.set_tunnel64]: (reader) => setTunnel(reader.skip(6).u64()),
  [SUBTYPE.multipath]: readMultipath,
  [SUBTYPE.bundle]: (reader) => readBundle(reader, false),
  [SUBTYPE.bundle_load]: (reader) => readBundle(reader, true),
  [SUBTYPE.resubmit_table]: readResubmitTable,
  [SUBTYPE.output_reg]: readOutputField,
  [SUBTYPE.learn]: readLearn,
  [SUBTYPE.exit]: empty("exit"),
  [SUBTYPE.fin_timeout]: (reader) => ({
    type: "fin_timeout",
    idleTimeout: reader.u16(),
    hardTimeout: reader.u16(),
  }),
  [SUBTYPE.controller]: readController,
  [SUBTYPE.dec_ttl_ids]: readDecTtl,
  [SUBTYPE.stack_push]: (reader) => readStack(reader, "push"),
  [SUBTYPE.stack_pop]: (reader) => readStack(reader, "pop"),
  [SUBTYPE.sample]: readSample,
  [SUBTYPE.output_reg2]: readOutputField2,
  [SUBTYPE.conjunction]: (reader) => ({
    type: "conjunction",
    clause: reader.u8(),
    clauses: reader.u8(),
    id: reader.u32(),
  }),
  [SUBTYPE.ct]: readConntrack,
  [SUBTYPE.nat]: readNat,
  [SUBTYPE.controller2]: readController2,
  [SUBTYPE.sample2]: readSample2,
  [SUBTYPE.output_trunc]: readOutput,
  [SUBTYPE.sample3]: readSample2,
  [SUBTYPE.clone]: (reader, readActions) => ({
    type: "clone",
    actions: readActions(reader.skip(EMPTY_PADDING)),
  }),
  [SUBTYPE.ct_clear]: empty("ct_clear"),
  [SUBTYPE.resubmit_table_ct]: (reader) => ({ ...readResubmitTable(reader), ct: true }),
  [SUBTYPE.learn2]: readLearn2,
  [SUBTYPE.dec_nsh_ttl]: empty("dec_nsh_ttl"),
  [SUBTYPE.check_pkt_larger]: readCheck,
  [SUBTYPE.delete_field]: readDelete,
};
