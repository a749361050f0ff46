/** Messages about flows: OpenFlow 1.5.1 sections 7.3.4.2, 7.3.5.2, 7.3.5.18 and 7.4.2. @module */
import { ProtocolError } from "../../base/errors.ts";
import { aligned, type Reader, type Writer } from "../fields/binary.ts";
import type { Match } from "../fields/field_types.ts";
import { readMatch, writeMatch } from "../fields/oxm.ts";
import { GROUP, PORT } from "../fields/ports.ts";
import { optional } from "./action_codec.ts";
import { readInstructions, writeInstructions } from "./actions.ts";
import { DEFAULT_PRIORITY, type Flow, FLOW_FLAGS, type FlowFlag, type FlowStats } from "./flow.ts";

const NO_BUFFER = 0xffffffff;
const ALL_TABLES = 0xff;
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** The commands of a flow_mod: OpenFlow 1.5.1 section 7.3.4.2, OFPFC_*. */
const COMMANDS = { add: 0, modify: 1, modify_strict: 2, delete: 3, delete_strict: 4 } as const;
export type FlowCommand = keyof typeof COMMANDS;

/** Which flows are meant: those that fit all properties. All flows fit a filter without properties. */
export interface FlowFilter {
  readonly table?: number;
  readonly cookie?: bigint;
  /** Has ones where a bit of the cookie counts; all bits count if absent. */
  readonly cookieMask?: bigint;
  /** Flows that send packets to this port, which may be a reserved one. Deleting does not look at it. */
  readonly outPort?: number;
  /** Flows with this match or a more specific one. */
  readonly match?: Match;
}

function flagBits(flags: readonly FlowFlag[] = []): number {
  return flags.reduce((bits, flag) => bits | FLOW_FLAGS[flag], 0);
}

function readFlags(bits: number): readonly FlowFlag[] {
  return (Object.keys(FLOW_FLAGS) as FlowFlag[]).filter((flag) => bits & FLOW_FLAGS[flag]);
}

/** Writes the body of a flow_mod. To delete a flow, its actions are not needed. */
export function writeFlowMod(writer: Writer, command: FlowCommand, flow: Flow): void {
  const { idleTimeout = 0, hardTimeout = 0, importance = 0, cookie, table, priority } = flow;
  writer.u64(cookie).u64(0n).u8(table).u8(COMMANDS[command]);
  writer.u16(idleTimeout).u16(hardTimeout).u16(priority).u32(NO_BUFFER);
  writer.u32(PORT.ANY).u32(GROUP.ANY).u16(flagBits(flow.flags)).u16(importance);
  writeMatch(writer, flow.match);
  if (command !== "delete" && command !== "delete_strict") writeInstructions(writer, flow.actions);
}

function cookieOf({ cookie, cookieMask }: FlowFilter): readonly [cookie: bigint, mask: bigint] {
  return cookie === undefined ? [0n, 0n] : [cookie, cookieMask ?? ALL_BITS];
}

/** Writes the body of a flow_mod that deletes all flows of the filter. */
export function writeFlowDelete(writer: Writer, filter: FlowFilter): void {
  const [cookie, mask] = cookieOf(filter);
  writer.u64(cookie).u64(mask).u8(filter.table ?? ALL_TABLES).u8(COMMANDS.delete);
  writer.u16(0).u16(0).u16(DEFAULT_PRIORITY).u32(NO_BUFFER);
  writer.u32(PORT.ANY).u32(GROUP.ANY).u16(0).u16(0);
  writeMatch(writer, filter.match ?? {});
}

const COMMAND_NAMES = Object.keys(COMMANDS) as FlowCommand[];

/**
 * Reads the body of a flow_mod.
 *
 * @throws {ProtocolError} If it is not well formed.
 */
export function readFlowMod(
  reader: Reader,
): { readonly command: FlowCommand; readonly flow: Flow } {
  const cookie = reader.u64();
  const table = reader.skip(8).u8();
  const command = COMMAND_NAMES[reader.u8()];
  if (!command) throw new ProtocolError("Cannot decode a flow_mod: its command is unknown");
  const [idleTimeout, hardTimeout, priority] = [reader.u16(), reader.u16(), reader.u16()];
  const [flags, importance] = [reader.skip(12).u16(), reader.u16()];
  const match = readMatch(reader);
  const actions = readInstructions(reader);
  const rest = properties({ idleTimeout, hardTimeout, importance, flags });
  return { command, flow: { table, priority, cookie, match, actions, ...rest } };
}

interface Numbers {
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly flags: number;
}

/** The properties that are not 0: 0 means the same as none. */
function properties({ idleTimeout, hardTimeout, importance, flags }: Numbers) {
  return {
    ...optional("idleTimeout", idleTimeout || undefined),
    ...optional("hardTimeout", hardTimeout || undefined),
    ...optional("importance", importance || undefined),
    ...(flags !== 0 && { flags: readFlags(flags) }),
  };
}

/** Writes the body of a request for the flows of a filter, or for their number. */
export function writeFlowRequest(writer: Writer, filter: FlowFilter): void {
  const [cookie, mask] = cookieOf(filter);
  writer.u8(filter.table ?? ALL_TABLES).zeros(3).u32(filter.outPort ?? PORT.ANY).u32(GROUP.ANY)
    .zeros(4);
  writer.u64(cookie).u64(mask);
  writeMatch(writer, filter.match ?? {});
}

/** The numbers of statistics in OXS: OpenFlow 1.5.1 section 7.2.4. */
const OXS = { duration: 0, idle: 1, flows: 3, packets: 4, bytes: 5 } as const;
const OXS_HEADER_BYTES = 4;
/** A time is seconds in the upper half of its bits, and nanoseconds in the lower one. */
const TIME = { half: 32n, nanoseconds: 0xffff_ffffn, ofSecond: 1e9 } as const;

/** The counters of a flow. */
export type FlowCounters = Pick<FlowStats, "durationSeconds" | "idleSeconds" | "packets" | "bytes">;

/** Reads the head of statistics. @throws {ProtocolError} If it is not well formed. */
function statisticsBytes(reader: Reader): number {
  const length = reader.skip(2).u16();
  if (length >= OXS_HEADER_BYTES) return length;
  throw new ProtocolError(`Cannot decode flow statistics: their length is ${length}`);
}

/** Reads statistics with their padding. @throws {ProtocolError} If they are not well formed. */
function readStatistics(reader: Reader): Map<number, bigint> {
  const length = statisticsBytes(reader);
  const fields = reader.part(length - OXS_HEADER_BYTES);
  const values = new Map<number, bigint>();
  while (fields.left > 0) {
    const number = fields.skip(2).u8() >> 1;
    const bytes = fields.u8();
    values.set(number, fields.part(bytes).uint(bytes));
  }
  reader.skip(aligned(length) - length);
  return values;
}

const seconds = (time: bigint) =>
  Number(time >> TIME.half) + Number(time & TIME.nanoseconds) / TIME.ofSecond;

function skipStatistics(reader: Reader): void {
  reader.skip(aligned(statisticsBytes(reader)) - OXS_HEADER_BYTES);
}

/**
 * Reads the counters of a flow; one that is not there is 0.
 *
 * @throws {ProtocolError} If they are not well formed.
 */
export function readFlowCounters(reader: Reader): FlowCounters {
  const values = readStatistics(reader);
  const idle = values.get(OXS.idle);
  return {
    durationSeconds: seconds(values.get(OXS.duration) ?? 0n),
    ...(idle !== undefined && { idleSeconds: seconds(idle) }),
    packets: values.get(OXS.packets) ?? 0n,
    bytes: values.get(OXS.bytes) ?? 0n,
  };
}

/** What the switch tells of all flows of a filter together. */
export interface FlowTotals {
  readonly flows: number;
  /** The switch adds up what its datapath has counted, but only now and then. */
  readonly packets: bigint;
}

/** Reads the totals of a filter: OFPMP_AGGREGATE_STATS. @throws {ProtocolError} If they are not well formed. */
export function readFlowTotals(reader: Reader): FlowTotals {
  const values = readStatistics(reader);
  return { flows: Number(values.get(OXS.flows) ?? 0n), packets: values.get(OXS.packets) ?? 0n };
}

const FLOW_DESC_BYTES = 24;

/** Says which flows of an answer are left out: those whose cookie has these bits. */
export type CookieFilter = Required<Pick<FlowFilter, "cookie" | "cookieMask">>;

/**
 * Reads descriptions of flows until the end of the reader: OFPMP_FLOW_DESC.
 *
 * @throws {ProtocolError} If one is not well formed.
 */
export function readFlows(reader: Reader): FlowStats[] {
  return entriesOf(reader).map((entry) => {
    const head = readFlowHead(entry);
    const match = readMatch(entry);
    const counters = readFlowCounters(entry);
    return { ...head, match, actions: readInstructions(entry), ...counters };
  });
}

/**
 * Reads the same without counters, in less time.
 *
 * @param except Of the flows that are left out, nothing but the cookie is read.
 * @throws {ProtocolError} If one is not well formed.
 */
export function readBareFlows(reader: Reader, except?: CookieFilter): Flow[] {
  return entriesOf(reader).flatMap((entry) => {
    const head = readFlowHead(entry);
    if (except && (head.cookie & except.cookieMask) === except.cookie) return [];
    const match = readMatch(entry);
    skipStatistics(entry);
    return [{ ...head, match, actions: readInstructions(entry) }];
  });
}

function entriesOf(reader: Reader): Reader[] {
  const entries: Reader[] = [];
  while (reader.left > 0) {
    const length = reader.peek16();
    if (length < FLOW_DESC_BYTES) {
      throw new ProtocolError(`Cannot decode a flow: its length is ${length}`);
    }
    entries.push(reader.part(length));
  }
  return entries;
}

function readFlowHead(entry: Reader): Omit<Flow, "match" | "actions"> {
  const table = entry.skip(4).u8();
  const priority = entry.skip(1).u16();
  const [idleTimeout, hardTimeout] = [entry.u16(), entry.u16()];
  const [flags, importance] = [entry.u16(), entry.u16()];
  const cookie = entry.u64();
  return {
    table,
    priority,
    cookie,
    ...properties({ idleTimeout, hardTimeout, importance, flags }),
  };
}

/** The message that a flow is gone, with its last counters: OpenFlow 1.5.1 section 7.4.2. */
export interface FlowRemoved extends FlowCounters {
  readonly type: "flow_removed";
  readonly reason:
    | "idle_timeout"
    | "hard_timeout"
    | "delete"
    | "group_delete"
    | "meter_delete"
    | "eviction";
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: Match;
}

const REMOVED_REASONS: readonly FlowRemoved["reason"][] = [
  "idle_timeout",
  "hard_timeout",
  "delete",
  "group_delete",
  "meter_delete",
  "eviction",
];

/** Reads the body of a flow_removed. @throws {ProtocolError} If it is not well formed. */
export function readFlowRemoved(reader: Reader): FlowRemoved {
  const table = reader.u8();
  const reason = REMOVED_REASONS[reader.u8()];
  if (!reason) throw new ProtocolError("Cannot decode a flow_removed: its reason is unknown");
  const priority = reader.u16();
  const cookie = reader.skip(4).u64();
  const match = readMatch(reader);
  return {
    type: "flow_removed",
    reason,
    table,
    priority,
    cookie,
    match,
    ...readFlowCounters(reader),
  };
}
