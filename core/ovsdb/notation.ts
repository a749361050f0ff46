/** Values as RFC 7047 section 5.1 writes them in JSON, to and from TypeScript. @module */
import { ProtocolError } from "../errors.ts";

/** What a JSON text can hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [member: string]: Json };

declare const brand: unique symbol;
/** The UUID of a row that exists, as text. */
export type Uuid = string & { readonly [brand]: "uuid" };

/** A row that exists, in an operation. */
export interface UuidReference {
  readonly uuid: string;
}

/** A row that an insert of the same transaction makes. */
export interface NamedUuidReference {
  readonly namedUuid: string;
}

/** An atom that is sent: RFC 7047 section 5.1, `<atom>`. */
export type Atom = string | number | boolean | UuidReference | NamedUuidReference;
/** A value that is sent; arrays and sets are OVSDB sets. */
export type Value = Atom | readonly Atom[] | ReadonlySet<Atom> | ReadonlyMap<Atom, Atom>;

/** An atom that was received; a UUID is its text. */
export type ReceivedAtom = string | number | boolean;
/** A value that was received. The server writes a set of exactly one element as that element. */
export type ReceivedValue =
  | ReceivedAtom
  | readonly ReceivedAtom[]
  | ReadonlyMap<ReceivedAtom, ReceivedAtom>;

/** Refers to the row with this UUID. */
export function uuid(id: string): UuidReference {
  return { uuid: id };
}

/** Refers to the row that the insert with this `uuid-name` makes. */
export function namedUuid(name: string): NamedUuidReference {
  return { namedUuid: name };
}

/** Writes a value for an operation. */
export function encodeValue(value: Value): Json {
  if (value instanceof Map) {
    return ["map", Array.from(value, (pair: readonly [Atom, Atom]) => pair.map(encodeAtom))];
  }
  if (Array.isArray(value) || value instanceof Set) return ["set", Array.from(value, encodeAtom)];
  return encodeAtom(value as Atom); // instanceof does not take the read-only types out of the union
}

function encodeAtom(atom: Atom): Json {
  if (typeof atom !== "object") return atom;
  return "uuid" in atom ? ["uuid", atom.uuid] : ["named-uuid", atom.namedUuid];
}

/** @throws {ProtocolError} If it is no value of RFC 7047 section 5.1. */
export function decodeValue(wire: Json): ReceivedValue {
  if (isTagged(wire, "set")) return decodeSet(wire);
  if (isTagged(wire, "map")) return decodeMap(wire);
  return decodeAtom(wire);
}

/** The elements of a set, also of one that is written as its only element. */
export function decodeSet(wire: Json): readonly ReceivedAtom[] {
  if (!isTagged(wire, "set")) return [decodeAtom(wire)];
  if (!Array.isArray(wire[1])) throw unreadable(wire, "set");
  return wire[1].map(decodeAtom);
}

/** @throws {ProtocolError} If it is no map. */
export function decodeMap(wire: Json): ReadonlyMap<ReceivedAtom, ReceivedAtom> {
  if (!isTagged(wire, "map") || !Array.isArray(wire[1])) throw unreadable(wire, "map");
  return new Map(wire[1].map((pair: Json) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw unreadable(wire, "map");
    return [decodeAtom(pair[0]), decodeAtom(pair[1])];
  }));
}

/** @throws {ProtocolError} If it is no atom. */
export function decodeAtom(wire: Json | undefined): ReceivedAtom {
  if (typeof wire === "string" || typeof wire === "number" || typeof wire === "boolean") {
    return wire;
  }
  const isReference = isTagged(wire, "uuid") || isTagged(wire, "named-uuid");
  if (isReference && typeof wire[1] === "string") return wire[1];
  throw unreadable(wire, "atom");
}

/** Whether it is a JSON object, which an array or null is not. */
export function isObject(wire: unknown): wire is { readonly [member: string]: Json } {
  return typeof wire === "object" && wire !== null && !Array.isArray(wire);
}

function isTagged(wire: Json | undefined, tag: string): wire is readonly [string, Json] {
  return Array.isArray(wire) && wire.length === 2 && wire[0] === tag;
}

function unreadable(wire: Json | undefined, what: string): ProtocolError {
  return new ProtocolError(`Cannot read ${what} "${JSON.stringify(wire)}": not RFC 7047 notation`);
}
