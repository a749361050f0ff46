/** OVSDB operations that make, change and remove Sluice's ports. Pure. @module */
import type { PortSpec } from "../contracts/mod.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import { insert, mutate, namedUuid, type Operation, update, uuid } from "../ovsdb/mod.ts";
import { DEVICE_INDEX, mark, OUT_OF_FORWARDING, OUT_OF_SPANNING_TREE } from "../base/marks.ts";

export interface PortAddition {
  readonly spec: PortSpec;
  /** The MTU to ask for, in bytes (column `mtu_request`). */
  readonly mtu?: number;
  /** The device that Open vSwitch will open, or has opened, for the port: its ifindex. Absent if it has no device. */
  readonly device?: number;
}

const options = (spec: PortSpec) => new Map(Object.entries(spec.options));
const deviceNote = ({ device }: PortAddition): Map<string, string> =>
  new Map(device === undefined ? [] : [[DEVICE_INDEX, `${device}`]]);

/** @param index Makes the names of new rows differ within one transaction. */
export function addPort(bridge: string, addition: PortAddition, index: number): Operation[] {
  const { spec, mtu } = addition;
  const [interfaceID, portID] = [`interface${index}`, `port${index}`];
  return [
    insert("Interface", {
      name: spec.name,
      type: spec.type,
      options: options(spec),
      external_ids: new Map([...mark(), ...deviceNote(addition)]),
      ...(mtu !== undefined && { mtu_request: mtu }),
    }, interfaceID),
    insert("Port", {
      name: spec.name,
      interfaces: namedUuid(interfaceID),
      external_ids: mark(),
      other_config: new Map(Object.entries(OUT_OF_SPANNING_TREE)),
      ...OUT_OF_FORWARDING,
    }, portID),
    mutate("Bridge", [["name", "==", bridge]], [["ports", "insert", namedUuid(portID)]]),
  ];
}

/** Changes the rows of a port. Keys of `options` that the spec does not name keep their values. */
export function changePort(port: BridgePort, addition: PortAddition): Operation[] {
  const { spec, mtu } = addition;
  const where = [["_uuid", "==", uuid(port.interfaceUUID)]] as const;
  return [
    ...(port.type === spec.type ? [] : [update("Interface", where, { type: spec.type })]),
    ...(mtu === undefined ? [] : [update("Interface", where, { mtu_request: mtu })]),
    mutate("Interface", where, [
      ["options", "delete", new Set(Object.keys(spec.options))],
      ["options", "insert", options(spec)],
      // An insertion never replaces a value: a note that is there says which device Open vSwitch has opened.
      ["external_ids", "insert", deviceNote(addition)],
    ]),
    update("Port", [["_uuid", "==", uuid(port.portUUID)]], OUT_OF_FORWARDING),
    leaveSpanningTree(port.portUUID),
  ];
}

/** Keeps a port out of its bridge's spanning tree. Other keys of `other_config` keep their values. */
export function leaveSpanningTree(portUUID: string): Operation {
  return mutate("Port", [["_uuid", "==", uuid(portUUID)]], [
    ["other_config", "delete", new Set(Object.keys(OUT_OF_SPANNING_TREE))],
    ["other_config", "insert", new Map(Object.entries(OUT_OF_SPANNING_TREE))],
  ]);
}

/** Takes the port off its bridge. OVSDB then deletes its rows, because no row refers to them: RFC 7047, section 3.2. */
export function removePort(bridge: string, port: BridgePort): Operation[] {
  return [
    mutate("Bridge", [["name", "==", bridge]], [["ports", "delete", uuid(port.portUUID)]]),
  ];
}
