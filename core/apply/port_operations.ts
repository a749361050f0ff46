/** OVSDB operations that make, change and remove ports of ours. Pure. @module */
import type { PortSpec } from "../contracts/mod.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import {
  insert,
  mutate,
  namedUuid,
  type Operation,
  type PortRow,
  update,
  uuid,
} from "../ovsdb/mod.ts";

/** Our mark on every row that we make; its value is the version of what we store there. */
export const MARK = "sluice";
export const SCHEMA_VERSION = "1";
/** Key of a far end's row, whose value is the port's bridge and name: it is the other end's, not a port of its bridge. */
export const FAR_END_OF = `${MARK}-far-end-of`;
/** Antrea's agent crashes on ports that lack the key, and adopts those of its own kinds. */
const ANTREA_TYPE = "antrea-type";

/** OVS never takes it as a bridge's own MAC, of which the datapath ID follows: ovs-vswitchd.conf.db(5), Port `mac`. */
export const LOCALLY_ADMINISTERED = "02:51:ce:00:00:01";

/** OVS never forwards by NORMAL to a trunk of a VLAN that nobody has, nor between protected ports. */
const OUT_OF_FORWARDING = {
  vlan_mode: "trunk",
  trunks: 4095,
  protected: true,
  mac: LOCALLY_ADMINISTERED,
} as const;

/** Whether the row still keeps NORMAL out. */
export function isOutOfForwarding(
  { vlan_mode, trunks, protected: shielded, mac }: Pick<PortRow, ForwardingColumn>,
): boolean {
  return vlan_mode === OUT_OF_FORWARDING.vlan_mode && shielded && mac === OUT_OF_FORWARDING.mac &&
    trunks.length === 1 && trunks[0] === OUT_OF_FORWARDING.trunks;
}
type ForwardingColumn = keyof typeof OUT_OF_FORWARDING;

export interface PortAddition {
  readonly spec: PortSpec;
  /** Bytes to ask for: `mtuRequest`. */
  readonly mtu?: number;
}

export const mark = () => new Map([[MARK, SCHEMA_VERSION], [ANTREA_TYPE, MARK]]);
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

/** Type, options and forwarding in place; keys that we do not set stay. */
export function changePort(port: BridgePort, { spec, mtu }: PortAddition): Operation[] {
  const where = [["_uuid", "==", uuid(port.interfaceUUID)]] as const;
  return [
    ...(port.type === spec.type ? [] : [update("Interface", where, { type: spec.type })]),
    ...(mtu === undefined ? [] : [update("Interface", where, { mtu_request: mtu })]),
    mutate("Interface", where, [
      ["options", "delete", new Set(Object.keys(spec.options))],
      ["options", "insert", options(spec)],
    ]),
    update("Port", [["_uuid", "==", uuid(port.portUUID)]], OUT_OF_FORWARDING),
  ];
}

/** The rows themselves go with the last reference to them. */
export function removePort(bridge: string, port: BridgePort): Operation[] {
  return [
    mutate("Bridge", [["name", "==", bridge]], [["ports", "delete", uuid(port.portUUID)]]),
  ];
}

/** Keys of the bridge's `external_ids`: the port was somebody else's and flooded before we used it. */
const FLOOD_CHANGE = `${MARK}-flooded:`;

export function noteFloodChange(bridge: string, port: string): Operation {
  const note = new Map([[`${FLOOD_CHANGE}${port}`, SCHEMA_VERSION]]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "insert", note]]);
}
export function forgetFloodChange(bridge: string, port: string): Operation {
  const key = new Set([`${FLOOD_CHANGE}${port}`]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "delete", key]]);
}
/** Names of the ports that are noted. */
export function notedFloodChanges(external_ids: Readonly<Record<string, string>>): string[] {
  return Object.keys(external_ids).filter((key) => key.startsWith(FLOOD_CHANGE))
    .map((key) => key.slice(FLOOD_CHANGE.length));
}

const PROTOCOL = "OpenFlow15";
/** Key of the bridge's `external_ids`: the value is a protocol that its owner did not allow. */
const ALLOWED = `${MARK}-allowed-protocol`;

/** Adds to the bridge's protocols, unless it is there; the others stay. The bridge's row remembers it. */
export function allowOpenFlow15(bridge: string): Operation {
  return mutate("Bridge", [["name", "==", bridge], ["protocols", "excludes", PROTOCOL]], [
    ["protocols", "insert", PROTOCOL],
    ["external_ids", "insert", new Map([[ALLOWED, PROTOCOL]])],
  ]);
}
/** The protocol that was added, if one was. */
export function allowedProtocol(
  external_ids: Readonly<Record<string, string>>,
): string | undefined {
  return external_ids[ALLOWED];
}
/** As the owner had it. */
export function disallowProtocol(bridge: string, protocol: string): Operation {
  return mutate("Bridge", [["name", "==", bridge]], [
    ["protocols", "delete", protocol],
    ["external_ids", "delete", new Set([ALLOWED])],
  ]);
}
