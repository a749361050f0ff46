/** Actions that choose by hash, on the wire: ovs-actions(7), `multipath` and `bundle`. @module */
import { ProtocolError } from "../../base/errors.ts";
import type { Reader, Writer } from "../fields/binary.ts";
import { readFieldHeader } from "../fields/oxm.ts";
import { fromShortPort, toShortPort } from "../fields/ports.ts";
import { packBits, unpackBits, writeShortHeader } from "../fields/subfields.ts";
import { nicira, optional } from "./action_codec.ts";
import type { BundleAction, HashFields, MultipathAction } from "./action_types.ts";
import { SUBTYPE } from "./nx_subtypes.ts";

/** The fields of a hash, by their numbers on the wire. */
export const HASH_FIELDS: readonly HashFields[] = [
  "eth_src",
  "symmetric_l4",
  "symmetric_l3l4",
  "symmetric_l3l4+udp",
  "nw_src",
  "nw_dst",
  "symmetric_l3",
];
/** The algorithms of `multipath`, by their numbers on the wire. */
export const MULTIPATH_ALGORITHMS: readonly MultipathAction["algorithm"][] = [
  "modulo_n",
  "hash_threshold",
  "hrw",
  "iter_hash",
];
/** The algorithms of `bundle`, by their numbers on the wire. */
export const BUNDLE_ALGORITHMS: readonly BundleAction["algorithm"][] = ["active_backup", "hrw"];
/** The type of the members, which are ports: the header of NXM_OF_IN_PORT. */
const MEMBER_TYPE = 0x00000002;
const MULTIPATH_PADDING = 2;
const BUNDLE_PADDING = 4;

function named<Name>(names: readonly Name[], number: number): Name {
  const name = names[number];
  if (name === undefined) {
    throw new ProtocolError(
      `Cannot decode a hash action: it has no fields or algorithm of number ${number}`,
    );
  }
  return name;
}

/** Writes a `multipath` action: NXAST_MULTIPATH. */
export function writeMultipath(writer: Writer, action: MultipathAction): void {
  nicira(writer, SUBTYPE.multipath, () => {
    writer.u16(HASH_FIELDS.indexOf(action.fields)).u16(action.basis).zeros(MULTIPATH_PADDING);
    writer.u16(MULTIPATH_ALGORITHMS.indexOf(action.algorithm)).u16(action.links - 1);
    writer.u32(action.argument).zeros(MULTIPATH_PADDING).u16(packBits(action.to));
    writeShortHeader(writer, action.to);
  });
}

/** Reads a `multipath` action after its header. @throws {ProtocolError} If it is not well formed. */
export function readMultipath(reader: Reader): MultipathAction {
  const fields = named(HASH_FIELDS, reader.u16());
  const basis = reader.u16();
  reader.skip(MULTIPATH_PADDING);
  const algorithm = named(MULTIPATH_ALGORITHMS, reader.u16());
  const links = reader.u16() + 1;
  const argument = reader.u32();
  reader.skip(MULTIPATH_PADDING);
  const bits = reader.u16();
  const to = unpackBits(readFieldHeader(reader), bits);
  return { type: "multipath", fields, basis, algorithm, links, argument, to };
}

/** Writes a `bundle` or `bundle_load` action: NXAST_BUNDLE or NXAST_BUNDLE_LOAD. */
export function writeBundle(writer: Writer, action: BundleAction): void {
  const { fields, basis, algorithm, members, to } = action;
  nicira(writer, to ? SUBTYPE.bundle_load : SUBTYPE.bundle, () => {
    writer.u16(BUNDLE_ALGORITHMS.indexOf(algorithm)).u16(HASH_FIELDS.indexOf(fields)).u16(basis);
    writer.u32(MEMBER_TYPE).u16(members.length).u16(to ? packBits(to) : 0);
    if (to) writeShortHeader(writer, to);
    else writer.u32(0);
    writer.zeros(BUNDLE_PADDING);
    for (const member of members) writer.u16(toShortPort(member));
  });
}

/**
 * Reads a `bundle` action after its header.
 *
 * @param load Whether it is a `bundle_load`, which writes the number of the port into a field.
 * @throws {ProtocolError} If it is not well formed.
 */
export function readBundle(reader: Reader, load: boolean): BundleAction {
  const algorithm = named(BUNDLE_ALGORITHMS, reader.u16());
  const fields = named(HASH_FIELDS, reader.u16());
  const basis = reader.u16();
  if (reader.u32() !== MEMBER_TYPE) {
    throw new ProtocolError("Cannot decode a bundle action: its members are not ports");
  }
  const count = reader.u16();
  const bits = reader.u16();
  const to = load ? unpackBits(readFieldHeader(reader), bits) : undefined;
  if (!load) reader.skip(4);
  reader.skip(BUNDLE_PADDING);
  const members = Array.from({ length: count }, () => fromShortPort(reader.u16()));
  return { type: "bundle", fields, basis, algorithm, members, ...optional("to", to) };
}
