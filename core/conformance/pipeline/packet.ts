/** Packets of the conformance suite: their values by the names of fields. @module */
import {
  canonicalMatch,
  fieldNamed,
  type FieldValue,
  match,
  type MatchFields,
  type Subfield,
} from "../../openflow/mod.ts";

/** The values of fields and registers by their canonical names. A field that is absent has the value 0. */
export type Packet = Readonly<Record<string, bigint>>;

/** @param fields As `match` takes them, without masks. */
export function packet(fields: MatchFields): Packet {
  return Object.fromEntries(
    Object.entries(match(fields)).map(([name, { value }]) => [name, value]),
  );
}

/** Fields that exist only inside the switch. */
const IS_OWN = /^(x*reg\d+|metadata|in_port)$/;
/** The packet as a cable carries it: without the fields that exist only inside the switch. */
export function onTheWire(given: Packet): Packet {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !IS_OWN.test(name) && value !== 0n).sort(),
  );
}

const ones = (bits: number) => (1n << BigInt(bits)) - 1n;
const widthOf = ({ start, end }: Subfield) => end - start + 1;

export function readBits(given: Packet, from: Subfield): bigint {
  const value = given[fieldNamed(from.field).name] ?? 0n;
  return (value >> BigInt(from.start)) & ones(widthOf(from));
}

/** The packet with other bits in a part of a field. */
export function withBits(given: Packet, to: Subfield, bits: bigint): Packet {
  const { name } = fieldNamed(to.field);
  const mask = ones(widthOf(to)) << BigInt(to.start);
  const rest = (given[name] ?? 0n) & ~mask;
  return { ...given, [name]: rest | ((bits << BigInt(to.start)) & mask) };
}

/** The packet with another value in a field. With a mask, only the bits of the mask change. */
export function withValue(given: Packet, field: string, { value, mask = -1n }: FieldValue): Packet {
  const { name } = fieldNamed(field);
  return { ...given, [name]: ((given[name] ?? 0n) & ~mask) | (value & mask) };
}

export function matches(given: Packet, wanted: Parameters<typeof canonicalMatch>[0]): boolean {
  return Object.entries(canonicalMatch(wanted)).every(([name, { value, mask = -1n }]) =>
    ((given[name] ?? 0n) & mask) === (value & mask)
  );
}
