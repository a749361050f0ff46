/**
 * The messages that the switch sends without a request, and how to ask for them: OpenFlow 1.5.1 sections 7.3.10 and
 * 7.4.
 * @module
 */
import { Reader } from "../fields/binary.ts";
import { type FlowRemoved, readFlowRemoved } from "../messages/flow_messages.ts";
import { type FlowUpdate, readFlowUpdates } from "../messages/flow_monitor.ts";
import { type Group, readGroupMod } from "../messages/groups.ts";
import { type Frame, MESSAGE } from "../messages/header.ts";
import { type PacketIn, readPacketIn } from "../messages/packets.ts";
import { type PortStatus, readPortStatus } from "../messages/port_messages.ts";
import type { Connection } from "./connection.ts";
import { MULTIPART, MULTIPART_HEADER_BYTES } from "./multipart.ts";

/** Another controller has added, changed or deleted a group: OpenFlow 1.5.1 section 7.4.6. */
export interface GroupChanged {
  readonly type: "group_changed";
  /** The group as that controller has sent it. If it has deleted the group, only `id` means something. */
  readonly group: Group;
}

/** A message that the switch sends without a request. */
export type AsyncMessage = PacketIn | PortStatus | FlowRemoved | FlowUpdate | GroupChanged;
/** The messages that the switch can be asked for. Updates of flows come with `monitorFlows()`. */
export type Subscription = "packet_in" | "port_status" | "flow_removed" | "group_mod";

/**
 * The property of set_async for each (OFPACPT_*_MASTER, which also holds for equals), with the bits of all its reasons.
 */
const SUBSCRIPTIONS: Readonly<
  Record<Subscription, { readonly property: number; readonly reasons: number }>
> = {
  packet_in: { property: 1, reasons: 0x3f },
  port_status: { property: 3, reasons: 0x07 },
  flow_removed: { property: 5, reasons: 0x3f },
  group_mod: { property: 11, reasons: 0x01 },
};
const PROPERTY_BYTES = 8;
const WHOLE_PACKETS = 0xffff;
/** The bytes of a header after version and type. */
const LENGTH_AND_XID_BYTES = 6;

const READERS: Readonly<Record<number, (reader: Reader) => readonly AsyncMessage[]>> = {
  [MESSAGE.packet_in]: (reader) => [readPacketIn(reader)],
  [MESSAGE.port_status]: (reader) => [readPortStatus(reader)],
  [MESSAGE.flow_removed]: (reader) => [readFlowRemoved(reader)],
  [MESSAGE.request_forward]: readForwarded,
  [MESSAGE.multipart_reply]: (reader) => {
    const monitor = reader.peek16() === MULTIPART.flow_monitor;
    return monitor ? readFlowUpdates(reader.skip(MULTIPART_HEADER_BYTES)) : [];
  },
};

/** The body is the whole message of the other controller, with its header. */
function readForwarded(reader: Reader): readonly AsyncMessage[] {
  if (reader.skip(1).u8() !== MESSAGE.group_mod) return [];
  return [{ type: "group_changed", group: readGroupMod(reader.skip(LENGTH_AND_XID_BYTES)) }];
}

/** Reads a message that answers no request. @returns What it tells; nothing if the client has no use for its type. */
export function readAsync({ type, body }: Frame): readonly AsyncMessage[] {
  return READERS[type]?.(new Reader(body)) ?? [];
}

/**
 * Asks the switch for these messages and no others. On its management socket, Open vSwitch sends none of them before
 * set_config has told it how many bytes of a packet to send: Open vSwitch's "Design Decisions", "Asynchronous
 * Messages".
 */
export function subscribe(connection: Connection, wanted: readonly Subscription[]): void {
  connection.post(MESSAGE.set_async, (writer) => {
    for (const [name, { property, reasons }] of Object.entries(SUBSCRIPTIONS)) {
      const mask = (wanted as readonly string[]).includes(name) ? reasons : 0;
      writer.u16(property).u16(PROPERTY_BYTES).u32(mask);
    }
  });
  connection.post(MESSAGE.set_config, (writer) => void writer.u16(0).u16(WHOLE_PACKETS));
}
