/**
 * The tables and columns that are watched, and their types: ovs-vswitchd.conf.db(5). One table drives what is asked
 * for, how it is read and what TypeScript knows. `statistics` is not among them: it changes every 5 seconds.
 * @module
 */
import { ProtocolError } from "../base/errors.ts";
import { foreign } from "../base/foreign_text.ts";
import type { Read, Uuid } from "./notation.ts";

type Kind =
  | "string"
  | "number"
  | "boolean"
  | "optional string"
  | "optional number"
  | "optional boolean"
  | "strings"
  | "numbers"
  | "map";

interface TypeOf {
  "string": string;
  "number": number;
  "boolean": boolean;
  "optional string": string | undefined;
  "optional number": number | undefined;
  "optional boolean": boolean | undefined;
  "strings": readonly string[];
  "numbers": readonly number[];
  "map": Readonly<Record<string, string>>;
}

/** The columns of each table that is watched, and the type of each. */
export const SCHEMA = {
  Open_vSwitch: {
    bridges: "strings",
    cur_cfg: "number",
    next_cfg: "number",
    external_ids: "map",
    ovs_version: "optional string",
  },
  Bridge: {
    name: "string",
    ports: "strings",
    mirrors: "strings",
    mcast_snooping_enable: "boolean",
    controller: "strings",
    fail_mode: "optional string",
    protocols: "strings",
    datapath_type: "string",
    stp_enable: "boolean",
    rstp_enable: "boolean",
    external_ids: "map",
  },
  Port: {
    name: "string",
    interfaces: "strings",
    tag: "optional number",
    trunks: "numbers",
    vlan_mode: "optional string",
    protected: "boolean",
    mac: "optional string",
    external_ids: "map",
    other_config: "map",
  },
  Interface: {
    name: "string",
    type: "string",
    options: "map",
    external_ids: "map",
    ofport: "optional number",
    ofport_request: "optional number",
    error: "optional string",
    mac_in_use: "optional string",
    mtu: "optional number",
    mtu_request: "optional number",
    admin_state: "optional string",
    link_state: "optional string",
    ifindex: "optional number",
    status: "map",
  },
  Mirror: {
    name: "string",
    select_all: "boolean",
    select_src_port: "strings",
    select_dst_port: "strings",
    select_vlan: "numbers",
    output_port: "optional string",
    output_vlan: "optional number",
    external_ids: "map",
  },
  Controller: { target: "string", is_connected: "boolean" },
} as const satisfies Record<string, Record<string, Kind>>;

/** The name of Open vSwitch's database, and of the table that has its only row. */
export const DATABASE = "Open_vSwitch";
export type Table = keyof typeof SCHEMA;
export const TABLES = Object.keys(SCHEMA) as Table[];

/** A row with its columns as TypeScript has them. */
export type RowOf<T extends Table> =
  & { readonly _uuid: Uuid }
  & { readonly [C in keyof typeof SCHEMA[T]]: TypeOf[typeof SCHEMA[T][C] & Kind] };
export type OpenVSwitchRow = RowOf<"Open_vSwitch">;
export type BridgeRow = RowOf<"Bridge">;
export type PortRow = RowOf<"Port">;
export type InterfaceRow = RowOf<"Interface">;
export type MirrorRow = RowOf<"Mirror">;
export type ControllerRow = RowOf<"Controller">;

const items = (value: Read | undefined): unknown[] => {
  if (value === undefined) return [];
  return value instanceof Set ? [...value] : [value];
};
const byKey = ([one]: readonly [unknown, unknown], [other]: readonly [unknown, unknown]) =>
  String(one) < String(other) ? -1 : 1;

/** A value that is of the type, or `fallback` for one that is not there. @throws {ProtocolError} If it is of another. */
function atom<T>(value: Read | undefined, type: string, fallback: T): unknown {
  if (value === undefined) return fallback;
  const found: string = typeof value;
  if (found === type) return value;
  throw wrongType(value, type);
}
/** The elements of a set of that type. @throws {ProtocolError} If one is of another type. */
function elements(value: Read | undefined, type: string): unknown[] {
  return items(value).map((each) => atom(each as Read, type, undefined));
}
function map(value: Read | undefined): unknown {
  if (value === undefined) return {};
  if (!(value instanceof Map)) throw wrongType(value, "map");
  const pairs = [...value].map((
    [key, each],
  ) => [atom(key, "string", ""), atom(each, "string", "")]);
  return Object.fromEntries((pairs as [string, string][]).sort(byKey));
}
function wrongType(value: Read, type: string): ProtocolError {
  const shown = value instanceof Set || value instanceof Map ? "a set or a map" : `${value}`;
  return new ProtocolError(`Cannot read value ${foreign(shown)}: the column has the type ${type}`);
}

/** How each type of column is read. A column that is not given has its default: RFC 7047 section 5.2.1. */
const READERS: Readonly<Record<Kind, (value: Read | undefined) => unknown>> = {
  "string": (value) => atom(value, "string", ""),
  "number": (value) => atom(value, "number", 0),
  "boolean": (value) => atom(value, "boolean", false),
  "optional string": (value) => elements(value, "string")[0],
  "optional number": (value) => elements(value, "number")[0],
  "optional boolean": (value) => elements(value, "boolean")[0],
  // Sets and maps come in any order. They are sorted here, so that equal ones look equal.
  "strings": (value) => elements(value, "string").sort(),
  "numbers": (value) => elements(value, "number").sort((one, other) => Number(one) - Number(other)),
  "map": map,
};

/** The values of a row's columns by name, before they are read by their types. */
export type RawRow = ReadonlyMap<string, Read>;

/**
 * The row of these columns. Columns that the schema does not name are left out.
 *
 * @throws {ProtocolError} If a value has another type than its column.
 */
export function readRow<T extends Table>(table: T, uuid: Uuid, raw: RawRow): RowOf<T> {
  const columns = Object.entries(SCHEMA[table] as Record<string, Kind>).map(([column, kind]) =>
    [column, READERS[kind](raw.get(column))] as const
  );
  return { _uuid: uuid, ...Object.fromEntries(columns) } as RowOf<T>;
}
