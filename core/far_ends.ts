/** Far ends of our ports, on other bridges of the same Open vSwitch: their rows, and who finds them again. @module */
import type { FarEnd, PortSpec } from "./contracts/mod.ts";
import { touchedInterfaces } from "./observe/bridge_rows.ts";
import {
  type Cache,
  type FoundInterface,
  insert,
  interfaceByName,
  mutate,
  namedUuid,
  type Operation,
  type RowChange,
  update,
  uuid,
} from "./ovsdb/mod.ts";
import { FAR_END_OF, LOCALLY_ADMINISTERED, mark } from "./apply/port_operations.ts";

/** A far end as OVSDB has it. */
export interface FarEndRow extends FarEnd {
  readonly interfaceUUID: string;
  readonly portUUID: string;
}

const owner = (bridge: string, port: string) => `${bridge}:${port}`;

/** The port of that bridge whose far end the row is. */
function nearOf(
  external_ids: Readonly<Record<string, string>>,
  bridge: string,
): string | undefined {
  const of = external_ids[FAR_END_OF];
  const head = owner(bridge, "");
  return of?.startsWith(head) ? of.slice(head.length) : undefined;
}

function toFarEnd({ interface: row, port, bridge }: FoundInterface): FarEndRow | undefined {
  if (!port || !bridge) return undefined;
  const { name, type, options } = row;
  return {
    bridge: bridge.name,
    name,
    type,
    options,
    interfaceUUID: row._uuid,
    portUUID: port._uuid,
  };
}

/** Ports of the bridge whose far ends a change may concern, each with its far end, if it is there now. */
export function touchedFarEnds(
  cache: Cache,
  bridge: string,
  changes: readonly RowChange[],
): Map<string, FarEndRow | undefined> {
  const touched = new Map<string, FarEndRow | undefined>();
  for (const { before } of changes) {
    const near = before && "external_ids" in before && nearOf(before.external_ids, bridge);
    if (near) touched.set(near, undefined);
  }
  for (const name of touchedInterfaces(cache, changes)) {
    const found = interfaceByName(cache, name);
    const near = found?.port && nearOf(found.port.external_ids, bridge);
    if (near) touched.set(near, toFarEnd(found));
  }
  return touched;
}

/** All far ends of the bridge's ports, by the port's name, also where the port itself is gone. */
export function farEndsOf(cache: Cache, bridge: string): Map<string, FarEndRow> {
  const found = [...cache.all("Port")].flatMap(({ name, external_ids }) => {
    const near = nearOf(external_ids, bridge);
    const row = near !== undefined && interfaceByName(cache, name);
    const farEnd = row && toFarEnd(row);
    return farEnd ? [[near, farEnd] as const] : [];
  });
  return new Map(found);
}

export interface FarEndChange {
  /** Of the port. */
  readonly bridge: string;
  readonly spec: PortSpec;
  readonly has: FarEndRow | undefined;
  /** Distinguishes the rows of one transaction. */
  readonly index: number;
}

/** What makes the far end what the spec says; nothing if it is. */
export function farEndOperations(change: FarEndChange): Operation[] {
  const { spec: { farEnd: wanted }, has } = change;
  if (!wanted) return has ? removeFarEnd(has) : [];
  if (has && has.name === wanted.name) return changeFarEnd(has, wanted);
  return [...(has ? removeFarEnd(has) : []), ...addFarEnd(change, wanted)];
}

const optionsOf = ({ options }: FarEnd) => new Map(Object.entries(options));
const named = (bridge: string) => [["name", "==", bridge]] as const;

function addFarEnd({ bridge, spec, index }: FarEndChange, farEnd: FarEnd): Operation[] {
  const [interfaceID, portID] = [`far_interface${index}`, `far_port${index}`];
  const external_ids = new Map([...mark(), [FAR_END_OF, owner(bridge, spec.name)]]);
  const { name, type } = farEnd;
  return [
    insert("Interface", { name, type, options: optionsOf(farEnd), external_ids }, interfaceID),
    insert("Port", {
      name,
      interfaces: namedUuid(interfaceID),
      external_ids,
      mac: LOCALLY_ADMINISTERED, // so that the other bridge keeps its own, and its datapath ID
    }, portID),
    mutate("Bridge", named(farEnd.bridge), [["ports", "insert", namedUuid(portID)]]),
  ];
}

/** In place; keys that we do not set stay. */
function changeFarEnd(has: FarEndRow, farEnd: FarEnd): Operation[] {
  const where = [["_uuid", "==", uuid(has.interfaceUUID)]] as const;
  const port = uuid(has.portUUID);
  return [
    ...(has.type === farEnd.type ? [] : [update("Interface", where, { type: farEnd.type })]),
    ...(hasOptions(has, farEnd) ? [] : [
      mutate("Interface", where, [
        ["options", "delete", new Set(Object.keys(farEnd.options))],
        ["options", "insert", optionsOf(farEnd)],
      ]),
    ]),
    ...(has.bridge === farEnd.bridge ? [] : [
      mutate("Bridge", named(has.bridge), [["ports", "delete", port]]),
      mutate("Bridge", named(farEnd.bridge), [["ports", "insert", port]]),
    ]),
  ];
}

function hasOptions(has: FarEndRow, { options }: FarEnd): boolean {
  return Object.entries(options).every(([key, value]) => has.options[key] === value);
}

/** The rows themselves go with the last reference to them. */
export function removeFarEnd({ bridge, portUUID }: FarEndRow): Operation[] {
  return [mutate("Bridge", named(bridge), [["ports", "delete", uuid(portUUID)]])];
}

/** Whether the far end is as the spec says. */
export function isRightFarEnd(has: FarEndRow | undefined, wanted: FarEnd): boolean {
  return has !== undefined && has.name === wanted.name && has.type === wanted.type &&
    has.bridge === wanted.bridge && hasOptions(has, wanted);
}
