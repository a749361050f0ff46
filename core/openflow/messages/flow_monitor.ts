/** Watching the flows that other controllers change: OpenFlow 1.5.1 section 7.3.5.18. @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "../fields/binary.ts";
import { readMatch, writeMatch } from "../fields/oxm.ts";
import { GROUP, PORT } from "../fields/ports.ts";
import { readInstructions } from "./actions.ts";
import type { Flow } from "./flow.ts";
import type { FlowFilter } from "./flow_messages.ts";

const ALL_TABLES = 0xff;
const ADD_MONITOR = 0;
const DEFAULT_MONITOR = 1;
const SHORT_UPDATE_BYTES = 8;
const LENGTH_BYTES = 2;
/** What a monitor tells: OFPFMF_*. */
const FLAG = { add: 2, removed: 4, modify: 8, instructions: 16 } as const;
/** All but the flows that are there already, which would be one more transfer of them. */
const CHANGES = FLAG.add | FLAG.removed | FLAG.modify | FLAG.instructions;

/** The events, by their numbers on the wire: OFPFME_*. */
const EVENTS = [
  "initial",
  "added",
  "removed",
  "modified",
  "abbreviated",
  "paused",
  "resumed",
] as const;
type FullEvent = "initial" | "added" | "removed" | "modified";

/** A flow was added, was removed, or was modified; or it was there before, which this client does not ask for. */
export interface FlowChanged {
  readonly type: "flow_update";
  readonly event: FullEvent;
  readonly flow: Omit<Flow, "flags" | "importance">;
}

/**
 * `abbreviated`: the message with that xid, which this client sent, has changed flows. `paused`: the switch tells no
 * changes until `resumed`.
 */
export interface FlowUpdateNote {
  readonly type: "flow_update";
  readonly event: "abbreviated" | "paused" | "resumed";
  readonly xid: number;
}

/** What a monitor tells. */
export type FlowUpdate = FlowChanged | FlowUpdateNote;

/** Which flows are watched, and the number of the monitor: 1 if absent. */
export type MonitorFilter = Pick<FlowFilter, "table" | "match" | "outPort"> & {
  readonly id?: number;
};

/** Writes the body of a request to watch flows. */
export function writeMonitorRequest(writer: Writer, filter: MonitorFilter): void {
  const { id, table, match, outPort } = filter;
  writer.u32(id ?? DEFAULT_MONITOR).u32(outPort ?? PORT.ANY).u32(GROUP.ANY);
  writer.u16(CHANGES).u8(table ?? ALL_TABLES).u8(ADD_MONITOR);
  writeMatch(writer, match ?? {});
}

function readFull(entry: Reader, event: FullEvent): FlowChanged {
  const table = entry.u8();
  const [idleTimeout, hardTimeout, priority] = [entry.skip(1).u16(), entry.u16(), entry.u16()];
  const cookie = entry.skip(4).u64();
  const match = readMatch(entry);
  const actions = readInstructions(entry);
  const timeouts = { ...(idleTimeout && { idleTimeout }), ...(hardTimeout && { hardTimeout }) };
  const flow = { table, priority, cookie, match, actions, ...timeouts };
  return { type: "flow_update", event, flow };
}

function readUpdate(entry: Reader): FlowUpdate {
  const event = EVENTS[entry.u16()];
  if (!event) throw new ProtocolError("Cannot decode a flow update: its event is unknown");
  if (event === "abbreviated" || event === "paused" || event === "resumed") {
    return { type: "flow_update", event, xid: entry.u32() };
  }
  return readFull(entry, event);
}

/** Reads updates until the end of the reader. @throws {ProtocolError} If one is not well formed. */
export function readFlowUpdates(reader: Reader): FlowUpdate[] {
  const updates: FlowUpdate[] = [];
  while (reader.left > 0) {
    const length = reader.u16();
    if (length < SHORT_UPDATE_BYTES) {
      throw new ProtocolError(`Cannot decode a flow update: its length is ${length}`);
    }
    updates.push(readUpdate(reader.part(length - LENGTH_BYTES)));
  }
  return updates;
}
