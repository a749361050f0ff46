/**
 * Whether a port takes part in flooding: ovs-ofctl(8), `mod-port`. Only OpenFlow 1.0 has this flag, and Open vSwitch
 * ignores it over later versions. So each call here makes a connection of version 1.0 of its own.
 * @module
 */
import { Reader, type Writer } from "../fields/binary.ts";
import { type Frame, VERSION_1_0 } from "../messages/header.ts";
import {
  type PortDescription,
  type PortMod,
  readPorts10,
  writePortMod10,
} from "../messages/port_messages.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { OpenFlowError } from "./openflow_errors.ts";

/** The types of messages that have other numbers in OpenFlow 1.0: OpenFlow 1.0.0 section 5.1, OFPT_*. */
const MESSAGE_1_0 = { port_mod: 15, stats_request: 16, barrier_request: 18 } as const;
/** OFPST_PORT_DESC. OpenFlow 1.0 does not have it; Open vSwitch does. */
const STATS_PORT_DESC = 13;
const MORE = 1;

/**
 * All ports as OpenFlow 1.0 describes them, with the flag `NO_FLOOD`.
 *
 * @throws {ProtocolMissingError} If the bridge does not allow OpenFlow 1.0.
 * @throws {NotConnectedError} If no switch listens there, or it does not answer in time.
 */
export async function readFloodConfig(
  address: string,
  options: ConnectionOptions = {},
): Promise<PortDescription[]> {
  await using connection = await Connection.open({ address, version: VERSION_1_0 }, options);
  const ports: PortDescription[] = [];
  const take = ({ body }: Frame) => {
    const reader = new Reader(body);
    const flags = reader.skip(2).u16();
    ports.push(...readPorts10(reader));
    return (flags & MORE) === 0;
  };
  const body = (writer: Writer) => void writer.u16(STATS_PORT_DESC).u16(0);
  const name = "stats_request port_desc";
  await connection.request(MESSAGE_1_0.stats_request, { body, answer: take, name });
  return ports;
}

/**
 * Changes the configuration of ports over OpenFlow 1.0, and waits until the switch has done it.
 *
 * @throws {ProtocolMissingError} If the bridge does not allow OpenFlow 1.0.
 * @throws {OpenFlowError} If the switch refuses a change; the others are made.
 * @throws {NotConnectedError} If no switch listens there, or it does not answer in time.
 */
export async function setNoFlood(
  address: string,
  mods: readonly PortMod[],
  options: ConnectionOptions = {},
): Promise<void> {
  await using connection = await Connection.open({ address, version: VERSION_1_0 }, options);
  const types = mods.map(() => MESSAGE_1_0.port_mod);
  using batch = connection.batch(types, (writer, index) => writePortMod10(writer, mods[index]!));
  await connection.request(MESSAGE_1_0.barrier_request, { name: "barrier_request" });
  for (const [index, name] of batch.errors) {
    throw new OpenFlowError(`Cannot configure port "${mods[index]?.number}"`, name);
  }
}
