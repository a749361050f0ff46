/** Packets of the conformance suite: values by the names of fields. @module */
import {
  canonicalMatch,
  fieldNamed,
  type FieldValue,
  match,
  type MatchFields,
  type Subfield,
} from "../../openflow/mod.ts";

/** Values by canonical names, registers among them; a field that is not there is 0. */
export type Packet = Readonly<Record<string, bigint>>;

/** @param fields As `match` takes them, without masks. */
export function packet(fields: MatchFields): Packet {
  return Object.fromEntries(
    Object.entries(match(fields)).map(([name, { value }]) => [name, value]),
  );
}

/** What a cable carries of it: no registers, and nothing of the port. */
const IS_OWN = /^(x*reg\d+|metadata|in_port)$/;
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

/** The packet with these bits of a field as they are said to be. */
export function withBits(given: Packet, to: Subfield, bits: bigint): Packet {
  const { name } = fieldNamed(to.field);
  const mask = ones(widthOf(to)) << BigInt(to.start);
  const rest = (given[name] ?? 0n) & ~mask;
  return { ...given, [name]: rest | ((bits << BigInt(to.start)) & mask) };
}

/** The packet with the bits under the mask, or the whole field, as in `value`. */
export function withValue(given: Packet, field: string, { value, mask = -1n }: FieldValue): Packet {
  const { name } = fieldNamed(field);
  return { ...given, [name]: ((given[name] ?? 0n) & ~mask) | (value & mask) };
}

export function matches(given: Packet, wanted: Parameters<typeof canonicalMatch>[0]): boolean {
  return Object.entries(canonicalMatch(wanted)).every(([name, { value, mask = -1n }]) =>
    ((given[name] ?? 0n) & mask) === (value & mask)
  );
}
