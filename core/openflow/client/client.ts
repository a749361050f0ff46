/** A client of one bridge, for as long as its connection lasts. @module */
import { NotConnectedError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Reader, type Writer } from "../fields/binary.ts";
import type { Flow, FlowStats } from "../messages/flow.ts";
import {
  type CookieFilter,
  type FlowFilter,
  type FlowTotals,
  readBareFlows,
  readFlows,
  readFlowTotals,
  writeFlowRequest,
} from "../messages/flow_messages.ts";
import {
  type MonitorFilter,
  readFlowUpdates,
  writeMonitorRequest,
} from "../messages/flow_monitor.ts";
import { type Group, readGroups, writeGroupRequest } from "../messages/groups.ts";
import { type Frame, MESSAGE, VERSION_1_5 } from "../messages/header.ts";
import {
  type Meter,
  type MeterCommand,
  readMeters,
  writeMeterMod,
  writeMeterRequest,
} from "../messages/meters.ts";
import { type PacketOut, writePacketOut } from "../messages/packets.ts";
import {
  type PortDescription,
  type PortMod,
  readPorts,
  writePortMod,
  writePortRequest,
} from "../messages/port_messages.ts";
import { type PortStats, readPortStats, writePortStatsRequest } from "../messages/port_stats.ts";
import { type BundleMessage, commitBundle } from "./bundle.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { MULTIPART, multipart } from "./multipart.ts";
import { setControllerId } from "./nicira.ts";
import { OpenFlowError } from "./openflow_errors.ts";
import { type AsyncMessage, readAsync, subscribe, type Subscription } from "./subscriptions.ts";

/** Options of a client: those of its connection, and what it is told. */
export interface OpenFlowOptions extends Omit<ConnectionOptions, "onFrame"> {
  /** Gets the messages that the switch sends without a request. */
  readonly onMessage?: (message: AsyncMessage) => void;
  /** Which messages `onMessage` gets. @default {["port_status", "flow_removed", "group_mod"]} */
  readonly subscribe?: readonly Subscription[];
  /** The connection gets only packets of actions `controller(id=...)` with this ID. @default {0} */
  readonly controllerId?: number;
}

/** What the switch is: OpenFlow 1.5.1 section 7.3.1. */
export interface Features {
  readonly datapathId: bigint;
  readonly tables: number;
  /** OFPC_*. */
  readonly capabilities: number;
}

const DEFAULT_SUBSCRIPTIONS: readonly Subscription[] = [
  "port_status",
  "flow_removed",
  "group_mod",
];
/** A connection to one bridge over OpenFlow 1.5. */
export class OpenFlowClient implements AsyncDisposable {
  readonly features: Features;
  readonly #connection: Connection;
  #nextBundle = 1;

  private constructor(connection: Connection, features: Features) {
    this.#connection = connection;
    this.features = features;
  }

  /**
   * Connects over OpenFlow 1.5, and waits for an answer: a switch that is stopped accepts connections, and does not
   * answer.
   *
   * @param address `unix:PATH` or `tcp:HOST:PORT`.
   * @throws {ProtocolMissingError} If the bridge does not allow OpenFlow 1.5.
   * @throws {NotConnectedError} If no switch listens there, or it does not answer in time.
   * @throws {TerminalError} If `address` has another form.
   */
  static async connect(address: string, options: OpenFlowOptions = {}): Promise<OpenFlowClient> {
    const { onMessage } = options;
    const connection = await Connection.open({ address, version: VERSION_1_5 }, {
      ...options,
      ...(onMessage && { onFrame: (frame: Frame) => readAsync(frame).forEach(onMessage) }),
    });
    try {
      const features = await readFeatures(connection, options.timeout ?? LIMITS.switchConnect);
      if (options.controllerId) setControllerId(connection, options.controllerId);
      if (onMessage) subscribe(connection, options.subscribe ?? DEFAULT_SUBSCRIPTIONS);
      return new OpenFlowClient(connection, features);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The address that it is connected to. */
  get address(): string {
    return this.#connection.address;
  }

  /** Resolves when the connection has ended: with the error that ended it, unless this side has closed it. */
  get closed(): Promise<void | Error> {
    return this.#connection.closed;
  }

  /** Closes the connection; requests that are not answered fail. */
  close(): void {
    this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** Waits until the switch has carried out everything that was sent before. */
  barrier(): Promise<void> {
    return this.#connection.request(MESSAGE.barrier_request);
  }

  /** Waits until the switch answers. */
  echo(): Promise<void> {
    return this.#connection.request(MESSAGE.echo_request);
  }

  /** All flows of the filter, with their counters. */
  dumpFlows(filter: FlowFilter = {}): Promise<FlowStats[]> {
    return multipart(this.#connection, {
      type: MULTIPART.flow_desc,
      write: (writer) => writeFlowRequest(writer, filter),
      read: readFlows,
    });
  }

  /** The same without counters. @param except Flows that are left out: they take hardly any time. */
  flows(filter: FlowFilter, except?: CookieFilter): Promise<Flow[]> {
    return multipart(this.#connection, {
      type: MULTIPART.flow_desc,
      write: (writer) => writeFlowRequest(writer, filter),
      read: (reader) => readBareFlows(reader, except),
    });
  }

  /** How many flows of the filter there are. The switch counts them: that costs much less than a dump. */
  async countFlows(filter: FlowFilter = {}): Promise<number> {
    return (await this.flowTotals(filter)).flows;
  }

  /** How many flows of the filter there are, and how many packets they have counted. */
  async flowTotals(filter: FlowFilter = {}): Promise<FlowTotals> {
    const [totals] = await multipart(this.#connection, {
      type: MULTIPART.aggregate_stats,
      write: (writer) => writeFlowRequest(writer, filter),
      read: (reader) => [readFlowTotals(reader)],
    });
    return totals!;
  }

  /** All groups. */
  dumpGroups(): Promise<Group[]> {
    const request = { type: MULTIPART.group_desc, write: writeGroupRequest, read: readGroups };
    return multipart(this.#connection, request);
  }

  /** All meters. */
  meters(): Promise<Meter[]> {
    const request = { type: MULTIPART.meter_desc, write: writeMeterRequest, read: readMeters };
    return multipart(this.#connection, request);
  }

  /**
   * Changes a meter, and waits until the switch has done it. A bundle cannot do that. With a meter, the switch deletes all
   * flows that use it.
   *
   * @throws {OpenFlowError} If the switch refuses.
   */
  changeMeter(command: MeterCommand, meter: Meter): Promise<void> {
    const what = `Cannot ${command} meter "${meter.id}"`;
    const write = (writer: Writer) => writeMeterMod(writer, command, meter);
    return this.#command(what, MESSAGE.meter_mod, write);
  }

  /** All ports. None has the flag `NO_FLOOD`, which this version does not have: see `FloodClient`. */
  portDescriptions(): Promise<PortDescription[]> {
    const request = { type: MULTIPART.port_desc, write: writePortRequest, read: readPorts };
    return multipart(this.#connection, request);
  }

  /** The counters of one port as they are at that moment; nothing if the bridge has no such port. */
  async portStats(port: number): Promise<PortStats | undefined> {
    const [stats] = await multipart(this.#connection, {
      type: MULTIPART.port_stats,
      write: (writer) => writePortStatsRequest(writer, port),
      read: readPortStats,
    });
    return stats;
  }

  /**
   * Sends one message, and waits until the switch has carried it out.
   *
   * @param what The beginning of the error's message.
   */
  async #command(what: string, type: number, body: (writer: Writer) => void): Promise<void> {
    using batch = this.#connection.batch([type], body);
    await this.barrier();
    for (const name of batch.errors.values()) throw new OpenFlowError(what, name);
  }

  /**
   * Changes the configuration of a port, and waits until the switch has done it. `FloodClient` changes `NO_FLOOD`.
   *
   * @throws {OpenFlowError} If the switch refuses.
   */
  modifyPort(mod: PortMod): Promise<void> {
    const what = `Cannot configure port "${mod.number}"`;
    return this.#command(what, MESSAGE.port_mod, (writer) => writePortMod(writer, mod));
  }

  /**
   * Makes all these changes at once, in their order, or none of them.
   *
   * @param onPart Called when the switch has taken some more of them: a sign that it works.
   * @throws {BundleError} If the switch refuses one of them.
   */
  async bundle(messages: readonly BundleMessage[], onPart?: () => void): Promise<void> {
    if (messages.length === 0) return;
    await commitBundle(this.#connection, messages, { id: this.#nextBundle++, onPart });
  }

  /** Watches the flows of the filter: `onMessage` gets each change of them from now on. */
  async monitorFlows(filter: MonitorFilter = {}): Promise<void> {
    await multipart(this.#connection, {
      type: MULTIPART.flow_monitor,
      write: (writer) => writeMonitorRequest(writer, filter),
      read: readFlowUpdates,
    });
  }

  /** Lets the switch send a packet, and waits until it has carried out the packet's actions. */
  packetOut(packet: PacketOut): Promise<void> {
    return this.#command(
      "Cannot send a packet",
      MESSAGE.packet_out,
      (w) => writePacketOut(w, packet),
    );
  }

  /**
   * Lets the switch send packets, and waits for nothing. If the switch refuses one, nobody gets to know.
   *
   * @throws {NotConnectedError} If the connection has ended.
   */
  postPackets(packets: readonly PacketOut[]): void {
    const types = packets.map(() => MESSAGE.packet_out);
    using _errors = this.#connection.batch(
      types,
      (writer, index) => writePacketOut(writer, packets[index]!),
    );
  }
}

function toFeatures({ body }: Frame): Features {
  const reader = new Reader(body);
  const datapathId = reader.u64();
  const tables = reader.skip(4).u8();
  return { datapathId, tables, capabilities: reader.skip(3).u32() };
}

async function readFeatures(connection: Connection, timeout: number): Promise<Features> {
  const result = Promise.withResolvers<Features>();
  try {
    const answer = (frame: Frame) => {
      result.resolve(toFeatures(frame));
      return true;
    };
    await connection.request(MESSAGE.features_request, { answer, timeout });
    return await result.promise;
  } catch (cause) {
    throw new NotConnectedError(
      `Cannot connect to "${connection.address}": the switch does not report its features`,
      { cause },
    );
  }
}
