/** Packets that the controller sends and gets: OpenFlow 1.5.1 sections 7.3.6 and 7.4.1. @module */
import type { Reader, Writer } from "../fields/binary.ts";
import type { Match } from "../fields/field_types.ts";
import { match } from "../fields/match.ts";
import { readMatch, writeMatch } from "../fields/oxm.ts";
import { PORT } from "../fields/ports.ts";
import type { Action } from "./action_types.ts";
import { writeActions } from "./actions.ts";

const NO_BUFFER = 0xffffffff;
const BUFFER_BYTES = 4;
const PACKET_PADDING = 2;

/** A packet that the switch sends to the controller. */
export interface PacketIn {
  readonly type: "packet_in";
  /** Why: OpenFlow 1.5.1 section 7.4.1, OFPR_*. */
  readonly reason: number;
  /** The table and the cookie of the flow that has sent it. */
  readonly table: number;
  readonly cookie: bigint;
  /** What is known of the packet beside its bytes: in_port, registers, tunnel. */
  readonly match: Match;
  /** The length of the whole packet, in bytes. `data` may have only its beginning. */
  readonly totalLength: number;
  readonly data: Uint8Array;
}

/** A packet that the controller sends to the switch. */
export interface PacketOut {
  /** The port that the packet seems to come from. @default {PORT.CONTROLLER} */
  readonly inPort?: number;
  readonly actions: readonly Action[];
  readonly data: Uint8Array;
}

/** Writes the body of a packet_out. */
export function writePacketOut(writer: Writer, packet: PacketOut): void {
  writer.u32(NO_BUFFER);
  const lengthAt = writer.length;
  writer.u16(0).zeros(PACKET_PADDING);
  writeMatch(writer, match({ in_port: packet.inPort ?? PORT.CONTROLLER }));
  const start = writer.length;
  writeActions(writer, packet.actions);
  writer.patch16(lengthAt, writer.length - start).bytes(packet.data);
}

/** Reads the body of a packet_in. @throws {ProtocolError} If it is not well formed. */
export function readPacketIn(reader: Reader): PacketIn {
  const totalLength = reader.skip(BUFFER_BYTES).u16();
  const [reason, table] = [reader.u8(), reader.u8()];
  const cookie = reader.u64();
  const known = readMatch(reader);
  const data = reader.skip(PACKET_PADDING).rest().slice();
  return { type: "packet_in", reason, table, cookie, match: known, totalLength, data };
}
