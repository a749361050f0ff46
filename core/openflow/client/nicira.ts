/** Nicira's extensions, which are messages of the type `experimenter`: nicira-ext.h of Open vSwitch, NXT_*. @module */
import type { Writer } from "../fields/binary.ts";
import { MESSAGE } from "../messages/header.ts";
import type { Connection } from "./connection.ts";

const VENDOR = 0x2320;
const SUBTYPE = { set_async_config: 19, set_controller_id: 20 } as const;
const ID_PADDING = 6;

/** Sends an extension that has no answer. @throws {NotConnectedError} If the connection has ended. */
export function postNicira(
  connection: Connection,
  name: keyof typeof SUBTYPE,
  body: (writer: Writer) => void,
): void {
  connection.post(MESSAGE.experimenter, (writer) => body(writer.u32(VENDOR).u32(SUBTYPE[name])));
}

/**
 * Gives the connection an ID. From then on, the switch sends it only the packets of actions `controller(id=...)` with
 * that ID. A connection that chooses none has the ID 0, and so have actions and packets that no flow matches.
 */
export function setControllerId(connection: Connection, id: number): void {
  postNicira(connection, "set_controller_id", (writer) => void writer.zeros(ID_PADDING).u16(id));
}
