/** Messages about ports: OpenFlow 1.5.1 sections 7.2.1, 7.3.4.4 and 7.4.3. @module */
import { ProtocolError } from "../../base/errors.ts";
import { type Reader, Writer } from "../fields/binary.ts";
import { PORT } from "../fields/ports.ts";

/** The flags of a port's configuration, with the bit of each. Only OpenFlow 1.0 has `NO_FLOOD`. */
export const PORT_CONFIG = {
  PORT_DOWN: 1 << 0,
  NO_RECV: 1 << 2,
  NO_FLOOD: 1 << 4,
  NO_FWD: 1 << 5,
  NO_PACKET_IN: 1 << 6,
} as const;
export type PortConfigFlag = keyof typeof PORT_CONFIG;

const PORT_STATE = { LINK_DOWN: 1, BLOCKED: 2, LIVE: 4 } as const;
export type PortStateFlag = keyof typeof PORT_STATE;

/** A port as the switch describes it. */
export interface PortDescription {
  readonly number: number;
  readonly name: string;
  /** Its MAC, such as `02:aa:00:00:00:01`. */
  readonly hardwareAddress: string;
  /** The flags of its configuration that are set. */
  readonly config: ReadonlySet<PortConfigFlag>;
  /** The flags of its state that are set. */
  readonly state: ReadonlySet<PortStateFlag>;
}

/** A change of a port's configuration. A flag that is not named stays as it is, and one that the version lacks, too. */
export interface PortMod {
  readonly number: number;
  /** The port's MAC. The switch refuses a message with another one. */
  readonly hardwareAddress: string;
  readonly config: Readonly<Partial<Record<PortConfigFlag, boolean>>>;
}

/** A port was added, was deleted, or has changed: OpenFlow 1.5.1 section 7.4.3. */
export interface PortStatus {
  readonly type: "port_status";
  readonly reason: "add" | "delete" | "modify";
  readonly port: PortDescription;
}

const REASONS: readonly PortStatus["reason"][] = ["add", "delete", "modify"];
const NAME_BYTES = 16;
const ADDRESS_BYTES = 6;
const PORT_BYTES = 40;
const STATUS_PADDING = 7;
const LAST_SHORT_PORT = 0xff00;

function setFlags<Flag extends string>(
  table: Readonly<Record<Flag, number>>,
  bits: number,
): Set<Flag> {
  return new Set((Object.keys(table) as Flag[]).filter((flag) => bits & table[flag]));
}

/** Reads a MAC: six bytes as `02:aa:00:00:00:01`. */
export function readAddress(reader: Reader): string {
  return reader.bytes(ADDRESS_BYTES).toHex().replace(/..(?=.)/g, "$&:");
}

/** Writes a MAC. @throws {TypeError} If the text is not one. */
function writeAddress(writer: Writer, address: string): void {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address)) {
    throw new TypeError(`Cannot use hardware address "${address}": not six bytes`);
  }
  writer.bytes(Uint8Array.fromHex(address.replaceAll(":", "")));
}

const UTF8 = new TextDecoder();

function readName(reader: Reader): string {
  const bytes = reader.bytes(NAME_BYTES);
  const end = bytes.indexOf(0);
  return UTF8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function readPort(reader: Reader): PortDescription {
  const number = reader.u32();
  reader.skip(4);
  const hardwareAddress = readAddress(reader);
  const name = readName(reader.skip(2));
  const config = setFlags(PORT_CONFIG, reader.u32());
  return { number, name, hardwareAddress, config, state: setFlags(PORT_STATE, reader.u32()) };
}

/**
 * Reads descriptions of ports until the end of the reader: OFPMP_PORT_DESC.
 *
 * @throws {ProtocolError} If one is not well formed.
 */
export function readPorts(reader: Reader): PortDescription[] {
  const ports: PortDescription[] = [];
  while (reader.left > 0) {
    const length = reader.peek16(4);
    if (length < PORT_BYTES) {
      throw new ProtocolError(`Cannot decode a port: its length is ${length}`);
    }
    ports.push(readPort(reader.part(length)));
  }
  return ports;
}

/** Writes the body of a request for the descriptions of all ports. */
export function writePortRequest(writer: Writer): void {
  writer.u32(PORT.ANY).zeros(4);
}

/** Reads the body of a port_status. @throws {ProtocolError} If it is not well formed. */
export function readPortStatus(reader: Reader): PortStatus {
  return toStatus(REASONS[reader.u8()], readPorts(reader.skip(STATUS_PADDING)));
}

function toStatus(
  reason: PortStatus["reason"] | undefined,
  [port]: readonly PortDescription[],
): PortStatus {
  if (!reason || !port) {
    throw new ProtocolError("Cannot decode a port_status: it has no known reason, or no port");
  }
  return { type: "port_status", reason, port };
}

function changedBits(config: PortMod["config"]): readonly [config: number, mask: number] {
  let [bits, mask] = [0, 0];
  for (const flag of Object.keys(config) as PortConfigFlag[]) {
    mask |= PORT_CONFIG[flag];
    if (config[flag]) bits |= PORT_CONFIG[flag];
  }
  return [bits, mask];
}

/** Writes the body of a port_mod of OpenFlow 1.5. */
export function writePortMod(writer: Writer, { number, hardwareAddress, config }: PortMod): void {
  writer.u32(number).zeros(4);
  writeAddress(writer, hardwareAddress);
  const [bits, mask] = changedBits(config);
  writer.zeros(2).u32(bits).u32(mask);
}

/** Writes the body of a port_mod of OpenFlow 1.0: OpenFlow 1.0.0 section 5.3.4. */
export function writePortMod10(writer: Writer, { number, hardwareAddress, config }: PortMod): void {
  writer.u16(number & 0xffff);
  writeAddress(writer, hardwareAddress);
  const [bits, mask] = changedBits(config);
  writer.u32(bits).u32(mask).u32(0).zeros(4);
}

/** Reads the body of a port_status of OpenFlow 1.0: OpenFlow 1.0.0 section 5.4.3. */
export function readPortStatus10(reader: Reader): PortStatus {
  return toStatus(REASONS[reader.u8()], readPorts10(reader.skip(STATUS_PADDING)));
}

const PORT_10_FEATURE_BYTES = 16;

/** Reads ports as OpenFlow 1.0 describes them: OpenFlow 1.0.0 section 5.2.1. */
export function readPorts10(reader: Reader): PortDescription[] {
  const ports: PortDescription[] = [];
  while (reader.left > 0) {
    const number = reader.u16();
    const hardwareAddress = readAddress(reader);
    const name = readName(reader);
    const config = setFlags(PORT_CONFIG, reader.u32());
    const down = reader.u32() & PORT_STATE.LINK_DOWN;
    reader.skip(PORT_10_FEATURE_BYTES);
    ports.push({
      number: number >= LAST_SHORT_PORT ? 0xffff0000 + number : number,
      name,
      hardwareAddress,
      config,
      state: new Set(down ? ["LINK_DOWN" as const] : []),
    });
  }
  return ports;
}
