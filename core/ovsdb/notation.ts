/** Values of columns in JSON and in TypeScript: RFC 7047 section 5.1. @module */
import { ProtocolError } from "../base/errors.ts";

/** A row's identity, e.g. `550e8400-e29b-41d4-a716-446655440000`. */
export type Uuid = string & { readonly uuid?: true };

/** A reference to a row that the same transaction inserts. */
export class NamedUuid {
  constructor(readonly name: string) {}
}

/** A reference to a row that exists. */
export class UuidReference {
  constructor(readonly uuid: Uuid) {}
}

/** @param name The `uuidName` of an `insert` of the same transaction. */
export function namedUuid(name: string): NamedUuid {
  return new NamedUuid(name);
}
/** A reference to a row that exists. */
export function uuid(value: Uuid): UuidReference {
  return new UuidReference(value);
}

/** A value of a column's basic type, as it is written. */
export type Atom = string | number | boolean | NamedUuid | UuidReference;
/** A column: an atom, or a set or map of atoms. */
export type Value = Atom | ReadonlySet<Atom> | readonly Atom[] | ReadonlyMap<Atom, Atom>;

/** An atom as it is read: a reference is the UUID itself. */
export type Plain = string | number | boolean;
/** The value of a column as it is read. A set of one element may come as an atom. */
export type Read = Plain | ReadonlySet<Plain> | ReadonlyMap<Plain, Plain>;

type Json = unknown;

function encodeAtom(atom: Atom): Json {
  if (atom instanceof NamedUuid) return ["named-uuid", atom.name];
  if (atom instanceof UuidReference) return ["uuid", atom.uuid];
  return atom;
}

/** A value as JSON: RFC 7047 section 5.1, `<value>`. */
export function encodeValue(value: Value): Json {
  if (value instanceof Map) {
    return ["map", [...value].map(([key, each]) => [encodeAtom(key), encodeAtom(each)])];
  }
  if (value instanceof Set || Array.isArray(value)) return ["set", [...value].map(encodeAtom)];
  return encodeAtom(value as Atom);
}

function decodeAtom(json: Json): Plain {
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean") {
    return json;
  }
  if (Array.isArray(json) && json.length === 2) {
    const [tag, text] = json;
    if ((tag === "uuid" || tag === "named-uuid") && typeof text === "string") return text;
  }
  throw new ProtocolError(`Cannot read value ${JSON.stringify(json)}: it is not an atom`);
}

/** The value of JSON in that notation. @throws {ProtocolError} If it is something else. */
export function decodeValue(json: Json): Read {
  if (!Array.isArray(json)) return decodeAtom(json);
  const [tag, items] = json;
  if (tag === "set" && Array.isArray(items)) return new Set(items.map(decodeAtom));
  if (tag === "map" && Array.isArray(items)) return new Map(items.map(decodePair));
  return decodeAtom(json);
}

function decodePair(json: Json): [Plain, Plain] {
  if (Array.isArray(json) && json.length === 2) return [decodeAtom(json[0]), decodeAtom(json[1])];
  throw new ProtocolError(`Cannot read value ${JSON.stringify(json)}: it is not a pair`);
}
