/** The decoders of what a switch sends: OpenFlow. @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "../../../core/base/errors.ts";
import { Reader, type Writer } from "../../../core/openflow/fields/binary.ts";
import { writeMatch } from "../../../core/openflow/fields/oxm.ts";
import { writeInstructions } from "../../../core/openflow/messages/actions.ts";
import { actionsKey, type Flow, flowKey } from "../../../core/openflow/messages/flow.ts";
import { readFlowMod, writeFlowMod } from "../../../core/openflow/messages/flow_messages.ts";
import { writeGroupMod } from "../../../core/openflow/messages/groups.ts";
import { encodeMessage, FrameReader, MESSAGE } from "../../../core/openflow/messages/header.ts";
import { writeHello } from "../../../core/openflow/messages/hello.ts";
import { arbitraryFlow, arbitraryGroup } from "../../../core/openflow/testing/arbitrary.ts";
import { DECODERS } from "../../../core/openflow/testing/decoders.ts";
import { written } from "../../../core/openflow/testing/written.ts";
import { defineTarget, only, type Target } from "../target.ts";

/** Samples are the same for every seed, so that an input follows from its number. */
const SAMPLES = { seed: 1, numRuns: 40 } as const;
const FLOWS: readonly Flow[] = fc.sample(arbitraryFlow, SAMPLES);
const GROUPS = fc.sample(arbitraryGroup, SAMPLES);

/** The bytes between two marks of a writer, with their length in the first two. */
function measured(writer: Writer, body: () => void): void {
  const start = writer.length;
  writer.u16(0);
  body();
  writer.patch16(start, writer.length - start);
}

/** Statistics with a duration and a number of packets: OpenFlow 1.5.1 section 7.2.4. */
const counters = (writer: Writer) =>
  writer.u16(0).u16(28).u16(0x8002).u8(0).u8(8).u64(7n).u16(0x8002).u8(8).u8(8).u64(9n).zeros(4);

const description = (flow: Flow) => (writer: Writer) =>
  measured(writer, () => {
    writer.zeros(2).u8(flow.table).u8(0).u16(flow.priority).zeros(8).u64(flow.cookie);
    writeMatch(writer, flow.match);
    counters(writer);
    writeInstructions(writer, flow.actions);
  });
const removed = (flow: Flow) => (writer: Writer) => {
  writer.u8(flow.table).u8(1).u16(flow.priority).zeros(4).u64(flow.cookie);
  writeMatch(writer, flow.match);
  counters(writer);
};
const update = (flow: Flow, event: number) => (writer: Writer) =>
  measured(writer, () => {
    writer.u16(event).u8(flow.table).u8(0).zeros(4).u16(flow.priority).zeros(4).u64(flow.cookie);
    writeMatch(writer, flow.match);
    writeInstructions(writer, flow.actions);
  });
const packetIn = (flow: Flow) => (writer: Writer) => {
  writer.u32(0xffffffff).u16(60).u8(1).u8(flow.table).u64(flow.cookie);
  writeMatch(writer, flow.match);
  writer.zeros(2).zeros(60);
};
/** A port with its Ethernet properties: OpenFlow 1.5.1 section 7.2.1. */
const port = (writer: Writer) =>
  writer.u32(1).u16(72).zeros(2).bytes(new Uint8Array([2, 0xaa, 0, 0, 0, 1])).zeros(2)
    .bytes(new TextEncoder().encode("eth0")).zeros(12).u32(0).u32(4)
    .u16(0).u16(32).zeros(28);
/** Counters with one property of an experimenter. */
const portStats = (writer: Writer) =>
  writer.u16(96).zeros(2).u32(3).zeros(72).u16(0xffff).u16(16).zeros(12);
/** A meter with one band that drops: OpenFlow 1.5.1 section 7.3.5.15. */
const meter = (writer: Writer) =>
  writer.u16(24).u16(14).u32(7).u16(1).u16(16).u32(200).u32(20).zeros(4);
const group = (each: typeof GROUPS[number]) => (writer: Writer) => {
  const mod = new Reader(written((inner) => writeGroupMod(inner, "add", each)));
  const [type, id] = [mod.skip(2).u8(), mod.skip(1).u32()];
  const bucketBytes = mod.u16();
  const rest = mod.skip(6).rest();
  writer.u16(16 + rest.length).u8(type).u8(0).u32(id).u16(bucketBytes).zeros(6).bytes(rest);
};
const messages = (flow: Flow) => (writer: Writer) =>
  writer.bytes(encodeMessage({ type: MESSAGE.hello, xid: 1 }, (inner) => writeHello(inner, 6)))
    .bytes(
      encodeMessage(
        { type: MESSAGE.flow_mod, xid: 2 },
        (inner) => writeFlowMod(inner, "add", flow),
      ),
    )
    .bytes(encodeMessage({ type: MESSAGE.barrier_reply, xid: 3 }));

const bytesOf = (write: (writer: Writer) => unknown): Uint8Array => written(write).slice();
const ofFlows = (write: (flow: Flow) => (writer: Writer) => unknown) =>
  FLOWS.map((flow) => bytesOf(write(flow)));

/** Valid bytes for each decoder. */
const BYTES: Readonly<Record<string, readonly Uint8Array[]>> = {
  match: ofFlows((flow) => (writer) => writeMatch(writer, flow.match)),
  actions: GROUPS.flatMap(({ buckets }) => buckets).map(({ actions }) =>
    bytesOf((writer) => writeInstructions(writer, actions)).subarray(8)
  ),
  instructions: ofFlows((flow) => (writer) => writeInstructions(writer, flow.actions)),
  flow_mod: ofFlows((flow) => (writer) => writeFlowMod(writer, "add", flow)),
  flows: ofFlows(description),
  flow_removed: ofFlows(removed),
  flow_updates: FLOWS.map((flow, at) => bytesOf(update(flow, at % 4))),
  groups: GROUPS.map((each) => bytesOf(group(each))),
  meters: [bytesOf(meter), bytesOf((writer) => meter(writer) && meter(writer))],
  ports: [bytesOf(port), bytesOf((writer) => port(writer) && port(writer))],
  ports_1_0: [bytesOf((writer) => writer.zeros(48)), bytesOf((writer) => writer.zeros(96))],
  port_stats: [bytesOf(portStats), bytesOf((writer) => portStats(writer) && portStats(writer))],
  port_status: [bytesOf((writer) => writer.u8(1).zeros(7) && port(writer))],
  packet_in: ofFlows(packetIn),
  error: [
    bytesOf((writer) => writer.u16(5).u16(1).zeros(64)),
    bytesOf((writer) => writer.u16(0xffff).u16(7).u32(0x2320)),
  ],
  hello: [bytesOf((writer) => writeHello(writer, 6))],
  frames: ofFlows(messages),
};

/** What is decoded, written and decoded again, is the same. */
function flowModAgain(bytes: Uint8Array): void {
  const { flow } = readFlowMod(new Reader(bytes));
  const again =
    readFlowMod(new Reader(bytesOf((writer) => writeFlowMod(writer, "add", flow)))).flow;
  assert.equal(flowKey(again), flowKey(flow));
  assert.equal(actionsKey(again), actionsKey(flow));
}

/** The messages do not depend on how the stream is cut. */
function framesInPieces(bytes: Uint8Array): void {
  const frames = (size: number) => {
    const [reader, found] = [new FrameReader(), [] as string[]];
    try {
      for (let at = 0; at < bytes.length; at += size) {
        reader.push(bytes.subarray(at, at + size));
        for (let frame; (frame = reader.next());) found.push(`${frame.type} ${frame.body.toHex()}`);
      }
    } catch (error) {
      found.push((error as Error).message);
    }
    return found;
  };
  assert.deepEqual(frames(7), frames(bytes.length || 1));
}

/** So many times one sample, one after the other. */
const times = (bytes: Uint8Array) => (size: number) => {
  const all = new Uint8Array(bytes.length * size);
  for (let at = 0; at < size; at++) all.set(bytes, at * bytes.length);
  return all;
};
/** Those that decode any number of parts. */
const LISTS = [
  "actions",
  "flows",
  "flow_updates",
  "groups",
  "meters",
  "ports",
  "ports_1_0",
  "port_stats",
  "frames",
];

export const OPENFLOW: readonly Target[] = [
  ...Object.entries(DECODERS).map(([name, check]) =>
    defineTarget({
      name: `openflow ${name}`,
      samples: BYTES[name]!,
      check,
      allows: only(ProtocolError),
      ...(LISTS.includes(name) &&
        { growths: { "many parts": times(BYTES[name]!.find(({ length }) => length > 0)!) } }),
    })
  ),
  defineTarget({
    name: "openflow flow_mod, written again",
    samples: BYTES.flow_mod!,
    check: flowModAgain,
    allows: only(ProtocolError),
  }),
  defineTarget({
    name: "openflow frames, in pieces",
    samples: BYTES.frames!,
    check: framesInPieces,
    allows: only(ProtocolError),
  }),
];
