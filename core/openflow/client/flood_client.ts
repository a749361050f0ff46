/**
 * Whether ports take part in flooding: ovs-ofctl(8), `mod-port`. Only OpenFlow 1.0 has this flag, and Open vSwitch
 * ignores it over later versions. So this is a connection of version 1.0 beside that of `OpenFlowClient`.
 * @module
 */
import { CONTROLLER_ID } from "../../base/marks.ts";
import { Reader, type Writer } from "../fields/binary.ts";
import { type Frame, MESSAGE, VERSION_1_0 } from "../messages/header.ts";
import {
  type PortDescription,
  readPorts10,
  readPortStatus10,
  writePortMod10,
} from "../messages/port_messages.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { postNicira, setControllerId } from "./nicira.ts";
import { OpenFlowError } from "./openflow_errors.ts";

/** The types of messages that have other numbers in OpenFlow 1.0: OpenFlow 1.0.0 section 5.1, OFPT_*. */
const MESSAGE_1_0 = { port_mod: 15, stats_request: 16, barrier_request: 18 } as const;
/** OFPST_PORT_DESC. OpenFlow 1.0 does not have it; Open vSwitch does. */
const STATS_PORT_DESC = 13;
const MORE = 1;

/** Which messages come: for a master or equal, and for a slave. */
const ASYNC = { packet_in: [0, 0], port_status: [7, 7], flow_removed: [0, 0] } as const;
/** The bytes of a packet that a message about it would have; with 0, Open vSwitch would send no port_status either. */
const SOME_BYTES = 128;

/** Options of the connection, and what is told over it. */
export interface FloodOptions extends Omit<ConnectionOptions, "onFrame"> {
  /** Gets a port that has come, or that another controller has changed. */
  readonly onPort?: (port: PortDescription) => void;
}

/** A connection over which flags of ports are read and changed, and which hears of their changes. */
export class FloodClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #ports: Map<number, PortDescription>;

  private constructor(connection: Connection, ports: Map<number, PortDescription>) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /**
   * Connects over OpenFlow 1.0, and reads all ports.
   *
   * @param address `unix:PATH` or `tcp:HOST:PORT`.
   * @throws {ProtocolMissingError} If the bridge does not allow OpenFlow 1.0.
   * @throws {NotConnectedError} If no switch listens there, or it does not answer in time.
   */
  static async connect(address: string, options: FloodOptions = {}): Promise<FloodClient> {
    const { onPort, ...rest } = options;
    const ports = new Map<number, PortDescription>();
    const onFrame = (frame: Frame) => {
      if (frame.type === MESSAGE.port_status) takeStatus(ports, frame, onPort);
    };
    const peer = { address, version: VERSION_1_0 };
    const connection = await Connection.open(peer, { ...rest, onFrame });
    const client = new FloodClient(connection, ports);
    try {
      listen(connection);
      await client.read();
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** All ports by their numbers, as the switch has told of them last. Those without `NO_FLOOD` take part in flooding. */
  get ports(): ReadonlyMap<number, PortDescription> {
    return this.#ports;
  }

  /** Resolves when the connection has ended: with the error that ended it, unless this side has closed it. */
  get closed(): Promise<void | Error> {
    return this.#connection.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** Reads all ports again. That is needed only for one that is there although the switch has not told of it. */
  async read(): Promise<void> {
    const take = ({ body }: Frame) => {
      const reader = new Reader(body);
      const flags = reader.skip(2).u16();
      for (const port of readPorts10(reader)) this.#ports.set(port.number, port);
      return (flags & MORE) === 0;
    };
    const body = (writer: Writer) => void writer.u16(STATS_PORT_DESC).u16(0);
    const name = "stats_request port_desc";
    await this.#connection.request(MESSAGE_1_0.stats_request, { body, answer: take, name });
  }

  /**
   * Takes ports out of flooding, or lets them take part in it again, and waits until the switch has done it.
   *
   * @throws {OpenFlowError} If the switch refuses a change; the others are made.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async setNoFlood(ports: readonly PortDescription[], NO_FLOOD: boolean): Promise<void> {
    const types = ports.map(() => MESSAGE_1_0.port_mod);
    const write = (writer: Writer, index: number) =>
      writePortMod10(writer, { ...ports[index]!, config: { NO_FLOOD } });
    using batch = this.#connection.batch(types, write);
    // The switch does not tell of what this connection changes. Another controller's change comes after that.
    for (const port of ports) this.#ports.set(port.number, withNoFlood(port, NO_FLOOD));
    const forget = (port: PortDescription) => this.#ports.delete(port.number);
    try {
      await this.#connection.request(MESSAGE_1_0.barrier_request, { name: "barrier_request" });
    } catch (error) {
      ports.forEach(forget); // the switch may not have done it
      throw error;
    }
    for (const index of batch.errors.keys()) forget(ports[index]!);
    for (const [index, name] of batch.errors) {
      throw new OpenFlowError(`Cannot configure port "${ports[index]!.number}"`, name);
    }
  }
}

function withNoFlood(port: PortDescription, noFlood: boolean): PortDescription {
  const config = new Set(port.config);
  if (noFlood) config.add("NO_FLOOD");
  else config.delete("NO_FLOOD");
  return { ...port, config };
}

function takeStatus(
  ports: Map<number, PortDescription>,
  { body }: Frame,
  onPort: FloodOptions["onPort"],
): void {
  const { reason, port } = readPortStatus10(new Reader(body));
  if (reason === "delete") return void ports.delete(port.number);
  ports.set(port.number, port);
  onPort?.(port);
}

/**
 * Asks for port_status and nothing else. Without an ID of its own, the connection would also change what the bridge does
 * with packets that no flow matches: they are sent to controllers as long as one of version 1.0 has the ID 0, and are
 * dropped otherwise. On its management socket, Open vSwitch sends nothing before set_config: its "Design Decisions",
 * "Asynchronous Messages".
 */
function listen(connection: Connection): void {
  setControllerId(connection, CONTROLLER_ID);
  postNicira(connection, "set_async_config", (writer) => {
    for (const mask of Object.values(ASYNC).flat()) writer.u32(mask);
  });
  connection.post(MESSAGE.set_config, (writer) => void writer.u16(0).u16(SOME_BYTES));
}
