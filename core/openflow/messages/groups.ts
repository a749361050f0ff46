/** Groups, and messages about them: OpenFlow 1.5.1 sections 7.3.4.3 and 7.3.5.10. @module */
import { ProtocolError } from "../../base/errors.ts";
import { aligned, ones, type Reader, type Writer } from "../fields/binary.ts";
import { fieldNamed } from "../fields/fields.ts";
import { readField, writeField } from "../fields/oxm.ts";
import { GROUP, PORT } from "../fields/ports.ts";
import { optional } from "./action_codec.ts";
import type { Action } from "./action_types.ts";
import { readActions, writeActions } from "./actions.ts";

/** The types of groups, by their numbers on the wire: OFPGT_*. */
export const GROUP_TYPES = ["all", "select", "indirect", "ff"] as const;
export type GroupType = typeof GROUP_TYPES[number];

/** One of the lists of actions of a group. */
export interface Bucket {
  readonly id: number;
  /** In groups of type `select`: the share of packets that the bucket gets; 1 if absent. */
  readonly weight?: number;
  /** In groups of type `ff`: the bucket is used only while this port is up, or this group has a live bucket. */
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
}

/** How a group of type `select` chooses the bucket of a packet: ovs-ofctl(8), "Group Syntax". */
export interface SelectionMethod {
  readonly name: string;
  readonly parameter?: bigint;
  /** The fields that are hashed, with ones where a bit counts. */
  readonly fields?: Readonly<Record<string, bigint>>;
}

/** A group: its type says which of its buckets a packet goes to. */
export interface Group {
  readonly id: number;
  readonly type: GroupType;
  readonly buckets: readonly Bucket[];
  readonly selection?: SelectionMethod;
}

const COMMANDS = { add: 0, modify: 1, delete: 2 } as const;
export type GroupCommand = keyof typeof COMMANDS;

const ALL_BUCKETS = 0xffffffff;
const BUCKET_BYTES = 8;
const GROUP_DESC_BYTES = 16;
const PROPERTY_HEADER_BYTES = 4;
const PROPERTY = { weight: 0, watchPort: 1, watchGroup: 2, experimenter: 0xffff } as const;
/** The id of the experimenter that has defined the property for the selection method. */
const NETRONOME = 0x154d;
const SELECTION_METHOD = 1;
const METHOD_NAME_BYTES = 16;
const DEFAULT_WEIGHT = 1;

function writeProperty(writer: Writer, type: number, value: number): void {
  const bytes = type === PROPERTY.weight ? 2 : 4;
  writer.u16(type).u16(PROPERTY_HEADER_BYTES + 4).uint(BigInt(value), bytes).zeros(4 - bytes);
}

function writeBucket(writer: Writer, bucket: Bucket, type: GroupType): void {
  const { watchPort, watchGroup, weight = type === "select" ? DEFAULT_WEIGHT : 0 } = bucket;
  const start = writer.length;
  writer.u16(0).u16(0).u32(bucket.id);
  writeActions(writer, bucket.actions);
  writer.patch16(start + 2, writer.length - start - BUCKET_BYTES);
  if (weight > 0) writeProperty(writer, PROPERTY.weight, weight);
  if (watchPort !== undefined) writeProperty(writer, PROPERTY.watchPort, watchPort);
  if (watchGroup !== undefined) writeProperty(writer, PROPERTY.watchGroup, watchGroup);
  writer.patch16(start, writer.length - start);
}

function writeSelection(
  writer: Writer,
  { name, parameter = 0n, fields = {} }: SelectionMethod,
): void {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length >= METHOD_NAME_BYTES) {
    throw new TypeError(`Cannot use selection method "${name}": its name has 16 bytes or more`);
  }
  const start = writer.length;
  writer.u16(PROPERTY.experimenter).u16(0).u32(NETRONOME).u32(SELECTION_METHOD).u32(0);
  writer.bytes(bytes).zeros(METHOD_NAME_BYTES - bytes.length).u64(parameter);
  for (const [field, value] of Object.entries(fields)) {
    writeField(writer, fieldNamed(field), { value });
  }
  writer.patch16(start + 2, writer.length - start).align(start);
}

/**
 * Writes the body of a group_mod. To delete a group, only its `id` is needed.
 *
 * @throws {TypeError} If the name of the selection method has 16 bytes or more.
 */
export function writeGroupMod(writer: Writer, command: GroupCommand, group: Group): void {
  const deletes = command === "delete";
  writer.u16(COMMANDS[command]).u8(GROUP_TYPES.indexOf(group.type)).u8(0).u32(group.id);
  const lengthAt = writer.length;
  writer.u16(0).u16(0).u32(ALL_BUCKETS);
  const start = writer.length;
  for (const bucket of deletes ? [] : group.buckets) writeBucket(writer, bucket, group.type);
  writer.patch16(lengthAt, writer.length - start);
  if (!deletes && group.selection) writeSelection(writer, group.selection);
}

interface Property {
  readonly type: number;
  readonly body: Reader;
}

function readProperties(reader: Reader): Property[] {
  const properties: Property[] = [];
  while (reader.left > 0) {
    const [type, length] = [reader.u16(), reader.u16()];
    if (length < PROPERTY_HEADER_BYTES) {
      throw new ProtocolError(`Cannot decode a group: a property has length ${length}`);
    }
    properties.push({ type, body: reader.part(length - PROPERTY_HEADER_BYTES) });
    reader.skip(Math.min(aligned(length) - length, reader.left));
  }
  return properties;
}

function readBucket(reader: Reader, type: GroupType): Bucket {
  const [actionBytes, id] = [reader.skip(2).u16(), reader.u32()];
  const actions = readActions(reader.part(actionBytes));
  const properties = new Map(readProperties(reader).map((each) => [each.type, each.body]));
  const weight = properties.get(PROPERTY.weight)?.u16() ?? 0;
  const watchPort = properties.get(PROPERTY.watchPort)?.u32() ?? PORT.ANY;
  const watchGroup = properties.get(PROPERTY.watchGroup)?.u32() ?? GROUP.ANY;
  const usual = type === "select" ? DEFAULT_WEIGHT : 0;
  return {
    id,
    ...(weight !== usual && { weight }),
    ...(watchPort !== PORT.ANY && { watchPort }),
    ...(watchGroup !== GROUP.ANY && { watchGroup }),
    actions,
  };
}

function readSelection({ type, body }: Property): SelectionMethod | undefined {
  if (type !== PROPERTY.experimenter) return undefined;
  if (body.u32() !== NETRONOME || body.u32() !== SELECTION_METHOD) return undefined;
  const name = new TextDecoder().decode(body.skip(4).bytes(METHOD_NAME_BYTES)).replace(
    /\0.*$/s,
    "",
  );
  const parameter = body.u64();
  const fields: Record<string, bigint> = {};
  while (body.left > 0) {
    const { spec, value } = readField(body);
    fields[spec.name] = value.value & ones(spec.width);
  }
  return {
    name,
    ...optional("parameter", parameter || undefined),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

function readGroup(entry: Reader): Group {
  const type = GROUP_TYPES[entry.skip(2).u8()];
  if (!type) throw new ProtocolError("Cannot decode a group: its type is unknown");
  const id = entry.skip(1).u32();
  const list = entry.part(entry.peek16() + 8).skip(8);
  const buckets: Bucket[] = [];
  while (list.left > 0) {
    const length = list.peek16();
    if (length < BUCKET_BYTES) {
      throw new ProtocolError(`Cannot decode a bucket: its length is ${length}`);
    }
    buckets.push(readBucket(list.part(length), type));
  }
  const selection = readProperties(entry).map(readSelection).find((each) => each?.name);
  return { id, type, buckets, ...optional("selection", selection) };
}

/**
 * Reads the body of a group_mod: except for its first field, the command, it has the layout of a description. If the
 * command is about single buckets, the group has only those.
 *
 * @throws {ProtocolError} If it is not well formed.
 */
export function readGroupMod(reader: Reader): Group {
  return readGroup(reader);
}

/**
 * Reads descriptions of groups until the end of the reader: OFPMP_GROUP_DESC.
 *
 * @throws {ProtocolError} If one is not well formed.
 */
export function readGroups(reader: Reader): Group[] {
  const groups: Group[] = [];
  while (reader.left > 0) {
    const length = reader.peek16();
    if (length < GROUP_DESC_BYTES) {
      throw new ProtocolError(`Cannot decode a group: its length is ${length}`);
    }
    groups.push(readGroup(reader.part(length)));
  }
  return groups;
}

/** Writes the body of a request for the descriptions of all groups. */
export function writeGroupRequest(writer: Writer): void {
  writer.u32(GROUP.ALL).zeros(4);
}
