/** What the switch says unasked, and how it is told to: OpenFlow 1.5.1 sections 7.3.10 and 7.4. @module */
import { Reader } from "../fields/binary.ts";
import { type FlowRemoved, readFlowRemoved } from "../messages/flow_messages.ts";
import { type FlowUpdate, readFlowUpdates } from "../messages/flow_monitor.ts";
import { type Group, readGroupMod } from "../messages/groups.ts";
import { type Frame, MESSAGE } from "../messages/header.ts";
import { type PacketIn, readPacketIn } from "../messages/packets.ts";
import { type PortStatus, readPortStatus } from "../messages/port_messages.ts";
import type { Connection } from "./connection.ts";
import { MULTIPART, MULTIPART_HEADER_BYTES } from "./multipart.ts";

/** Somebody else has made, changed or deleted a group: OpenFlow 1.5.1 section 7.4.6. */
export interface GroupChanged {
  readonly type: "group_changed";
  /** As it was asked for: of one that is deleted nothing but the number counts. */
  readonly group: Group;
}

export type AsyncMessage = PacketIn | PortStatus | FlowRemoved | FlowUpdate | GroupChanged;
export type Subscription = "packet_in" | "port_status" | "flow_removed" | "group_mod";

/** Properties of set_async for masters and equals, OFPACPT_*_MASTER, and the reasons that are defined. */
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
/** Of a header, behind its version and type. */
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

/** The request itself is within, with its header. */
function readForwarded(reader: Reader): readonly AsyncMessage[] {
  if (reader.skip(1).u8() !== MESSAGE.group_mod) return [];
  return [{ type: "group_changed", group: readGroupMod(reader.skip(LENGTH_AND_XID_BYTES)) }];
}

/** What a message says that answers no request; nothing if it is of no use. */
export function readAsync({ type, body }: Frame): readonly AsyncMessage[] {
  return READERS[type]?.(new Reader(body)) ?? [];
}

/**
 * Asks for these messages and no others. On its management socket Open vSwitch sends none before it is told how much of
 * a packet to send: "Asynchronous Messages" in its design document.
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
