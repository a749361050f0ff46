/** OVSDB operations that make, change and remove ports of ours. Pure. @module */
import type { PortSpec } from "./api.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { insert, mutate, namedUuid, type Operation, update, uuid } from "./ovsdb/mod.ts";

/** Our mark on every row that we make; its value is the version of what we store there. */
export const MARK = "sluice";
export const SCHEMA_VERSION = "1";
/** Antrea's agent crashes on ports that lack the key, and adopts those of its own kinds. */
const ANTREA_TYPE = "antrea-type";

/** OVS never forwards by NORMAL to a trunk of a VLAN that nobody has, nor between protected ports. */
const OUT_OF_FORWARDING = { vlan_mode: "trunk", trunks: 4095, protected: true } as const;

export interface PortAddition {
  readonly spec: PortSpec;
  /** Bytes: the bridge's smallest, else Open vSwitch lowers that of everybody's internal ports. */
  readonly mtu?: number;
}

const mark = () => new Map([[MARK, SCHEMA_VERSION], [ANTREA_TYPE, MARK]]);
const options = (spec: PortSpec) => new Map(Object.entries(spec.options));

export function addPort(bridge: string, { spec, mtu }: PortAddition, index: number): Operation[] {
  const [interfaceID, portID] = [`interface${index}`, `port${index}`];
  return [
    insert("Interface", {
      name: spec.name,
      type: spec.type,
      options: options(spec),
      external_ids: mark(),
      ...(mtu !== undefined && { mtu_request: mtu }),
    }, interfaceID),
    insert("Port", {
      name: spec.name,
      interfaces: namedUuid(interfaceID),
      external_ids: mark(),
      ...OUT_OF_FORWARDING,
    }, portID),
    mutate("Bridge", [["name", "==", bridge]], [["ports", "insert", namedUuid(portID)]]),
  ];
}

/** Type and options in place; keys that we do not set stay. */
export function changePort(port: BridgePort, spec: PortSpec): Operation[] {
  const where = [["_uuid", "==", uuid(port.interfaceUUID)]] as const;
  return [
    ...(port.type === spec.type ? [] : [update("Interface", where, { type: spec.type })]),
    mutate("Interface", where, [
      ["options", "delete", new Set(Object.keys(spec.options))],
      ["options", "insert", options(spec)],
    ]),
  ];
}

/** The rows themselves go with the last reference to them. */
export function removePort(bridge: string, port: BridgePort): Operation[] {
  return [
    mutate("Bridge", [["name", "==", bridge]], [["ports", "delete", uuid(port.portUUID)]]),
  ];
}

/** Adds to the bridge's protocols; the others stay. */
export function allowOpenFlow15(bridge: string): Operation {
  return mutate("Bridge", [["name", "==", bridge]], [["protocols", "insert", "OpenFlow15"]]);
}
