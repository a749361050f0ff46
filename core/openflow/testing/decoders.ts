/** Every decoder of bytes from a switch, by the name of what it decodes. @module */
import { Reader } from "../fields/binary.ts";
import { readMatch } from "../fields/oxm.ts";
import { readActions, readInstructions } from "../messages/actions.ts";
import { readErrorName } from "../messages/error_codes.ts";
import { readFlowMod, readFlowRemoved, readFlows } from "../messages/flow_messages.ts";
import { readFlowUpdates } from "../messages/flow_monitor.ts";
import { readGroups } from "../messages/groups.ts";
import { FrameReader } from "../messages/header.ts";
import { readHello } from "../messages/hello.ts";
import { readMeters } from "../messages/meters.ts";
import { readPacketIn } from "../messages/packets.ts";
import { readPorts, readPorts10, readPortStatus } from "../messages/port_messages.ts";
import { readPortStats } from "../messages/port_stats.ts";

/** They throw only a ProtocolError. */
export const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  match: (bytes) => readMatch(new Reader(bytes)),
  actions: (bytes) => readActions(new Reader(bytes)),
  instructions: (bytes) => readInstructions(new Reader(bytes)),
  flow_mod: (bytes) => readFlowMod(new Reader(bytes)),
  flows: (bytes) => readFlows(new Reader(bytes)),
  flow_removed: (bytes) => readFlowRemoved(new Reader(bytes)),
  flow_updates: (bytes) => readFlowUpdates(new Reader(bytes)),
  groups: (bytes) => readGroups(new Reader(bytes)),
  meters: (bytes) => readMeters(new Reader(bytes)),
  ports: (bytes) => readPorts(new Reader(bytes)),
  ports_1_0: (bytes) => readPorts10(new Reader(bytes)),
  port_stats: (bytes) => readPortStats(new Reader(bytes)),
  port_status: (bytes) => readPortStatus(new Reader(bytes)),
  packet_in: (bytes) => readPacketIn(new Reader(bytes)),
  error: (body) => readErrorName({ version: 6, body }),
  hello: (body) => readHello({ version: 6, type: 0, xid: 0, body }),
  frames: (bytes) => {
    const frames = new FrameReader();
    frames.push(bytes);
    for (let frame; (frame = frames.next());) readHello(frame);
  },
};
