/** The counters of ports: OpenFlow 1.5.1 section 7.3.5.8, OFPMP_PORT_STATS. @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "../fields/binary.ts";

/** What a port has counted since it was made. */
export interface PortStats {
  readonly number: number;
  /** Packets that have come to the bridge from the port. */
  readonly rxPackets: bigint;
  /** Packets that the bridge has sent into the port. */
  readonly txPackets: bigint;
  /** Bytes of whole frames that have come to the bridge from the port. */
  readonly rxBytes: bigint;
  /** Bytes of whole frames that the bridge has sent into the port. */
  readonly txBytes: bigint;
}

/** The bytes of one port's counters before its properties. */
const STATS_BYTES = 80;
const DURATION_BYTES = 8;
/** After the numbers of packets and bytes: packets dropped and errors in both directions. */
const OTHER_COUNTERS_BYTES = 32;

/** Writes the body of a request for the counters of one port, or with `PORT.ANY` of all. */
export function writePortStatsRequest(writer: Writer, port: number): void {
  writer.u32(port).zeros(4);
}

/** Reads counters of ports until the end of the reader. @throws {ProtocolError} If one is not well formed. */
export function readPortStats(reader: Reader): PortStats[] {
  const ports: PortStats[] = [];
  while (reader.left > 0) {
    const length = reader.peek16();
    if (length < STATS_BYTES) {
      throw new ProtocolError(`Cannot decode counters of a port: their length is ${length}`);
    }
    const part = reader.part(length).skip(4);
    const number = part.u32();
    const [rxPackets, txPackets] = [part.skip(DURATION_BYTES).u64(), part.u64()];
    const [rxBytes, txBytes] = [part.u64(), part.u64()];
    part.skip(OTHER_COUNTERS_BYTES);
    ports.push({ number, rxPackets, txPackets, rxBytes, txBytes });
  }
  return ports;
}
