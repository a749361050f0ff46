/** Connection tracking and NAT on the wire: ovs-actions(7), NXAST_CT and NXAST_NAT. @module */
import { type Reader, Writer } from "../fields/binary.ts";
import { readFieldHeader } from "../fields/oxm.ts";
import { packBits, type Subfield, unpackBits, writeShortHeader } from "../fields/subfields.ts";
import { nicira, optional, type ReadActions, type WriteActions } from "./action_codec.ts";
import type { ConntrackAction, NatAction, NatOption } from "./action_types.ts";
import { SUBTYPE } from "./nx_subtypes.ts";

const COMMIT = 1;
const FORCE = 2;
const NO_TABLE = 0xff;
const CT_PADDING = 3;

function writeZone(writer: Writer, zone: number | Subfield): void {
  if (typeof zone === "number") {
    writer.u32(0).u16(zone);
    return;
  }
  writeShortHeader(writer, zone);
  writer.u16(packBits(zone));
}

/** Writes a `ct` action: NXAST_CT. */
export function writeConntrack(
  writer: Writer,
  action: ConntrackAction,
  writeActions: WriteActions,
): void {
  const { commit, force, zone = 0, table = NO_TABLE, algorithmPort = 0, actions = [] } = action;
  nicira(writer, SUBTYPE.ct, () => {
    writer.u16((commit ? COMMIT : 0) | (force ? FORCE : 0));
    writeZone(writer, zone);
    writer.u8(table).zeros(CT_PADDING).u16(algorithmPort);
    writeActions(writer, actions);
  });
}

function readZone(reader: Reader): number | Subfield | undefined {
  if (reader.peek16() === 0 && reader.peek16(2) === 0) {
    reader.skip(4);
    return reader.u16() || undefined;
  }
  const spec = readFieldHeader(reader);
  return unpackBits(spec, reader.u16());
}

/** Reads a `ct` action after its header: NXAST_CT. */
export function readConntrack(reader: Reader, readActions: ReadActions): ConntrackAction {
  const flags = reader.u16();
  const zone = readZone(reader);
  const table = reader.u8();
  reader.skip(CT_PADDING);
  const algorithmPort = reader.u16();
  const actions = readActions(reader);
  return {
    type: "ct",
    ...(flags & COMMIT && { commit: true }),
    ...(flags & FORCE && { force: true }),
    ...(table !== NO_TABLE && { table }),
    ...optional("zone", zone),
    ...optional("algorithmPort", algorithmPort || undefined),
    ...(actions.length > 0 && { actions }),
  };
}

const NAT_FLAG: Readonly<Record<"src" | "dst" | NatOption, number>> = {
  src: 1,
  dst: 2,
  persistent: 4,
  hash: 8,
  random: 16,
};
const NAT_OPTIONS: readonly NatOption[] = ["persistent", "hash", "random"];
const NAT_PADDING = 2;
const ADDRESS_BYTES = { ipv4: 4, ipv6: 16 } as const;
/** Bits of `range_present` that say that the first address or port is there. */
const PRESENT = { ipv4: 1, ipv6: 4, port: 16 } as const;
/** The bit of the last address or port is the next higher one. */
const LAST = 2;

/** Writes a `nat` action: NXAST_NAT. */
export function writeNat(writer: Writer, action: NatAction): void {
  const { direction, family, options = [], firstAddress, lastAddress, firstPort, lastPort } =
    action;
  const ranges = new Writer();
  let present = 0;
  for (const [i, address] of [firstAddress, lastAddress].entries()) {
    if (address === undefined || family === undefined) continue;
    present |= PRESENT[family] * (i === 0 ? 1 : LAST);
    ranges.uint(address, ADDRESS_BYTES[family]);
  }
  for (const [i, port] of [firstPort, lastPort].entries()) {
    if (port === undefined) continue;
    present |= PRESENT.port * (i === 0 ? 1 : LAST);
    ranges.u16(port);
  }
  const flags = options.reduce(
    (bits, option) => bits | NAT_FLAG[option],
    direction ? NAT_FLAG[direction] : 0,
  );
  nicira(writer, SUBTYPE.nat, () => {
    writer.zeros(NAT_PADDING).u16(flags).u16(present).bytes(ranges.finish());
  });
}

function readDirection(flags: number): "src" | "dst" | undefined {
  if (flags & NAT_FLAG.src) return "src";
  return flags & NAT_FLAG.dst ? "dst" : undefined;
}

function readFamily(present: number): "ipv4" | "ipv6" | undefined {
  if (present & (PRESENT.ipv4 | PRESENT.ipv4 * LAST)) return "ipv4";
  return present & (PRESENT.ipv6 | PRESENT.ipv6 * LAST) ? "ipv6" : undefined;
}

/** Reads a `nat` action after its header: NXAST_NAT. */
export function readNat(reader: Reader): NatAction {
  reader.skip(NAT_PADDING);
  const [flags, present] = [reader.u16(), reader.u16()];
  const direction = readDirection(flags);
  const family = readFamily(present);
  const address = (bit: number) =>
    family && present & (PRESENT[family] * bit) ? reader.uint(ADDRESS_BYTES[family]) : undefined;
  const port = (bit: number) => present & (PRESENT.port * bit) ? reader.u16() : undefined;
  const options = NAT_OPTIONS.filter((option) => flags & NAT_FLAG[option]);
  return {
    type: "nat",
    ...optional("direction", direction),
    ...optional("family", family),
    ...optional("firstAddress", address(1)),
    ...optional("lastAddress", address(LAST)),
    ...optional("firstPort", port(1)),
    ...optional("lastPort", port(LAST)),
    ...(options.length > 0 && { options }),
  };
}
