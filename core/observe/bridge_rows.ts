/** Translates rows of OVSDB for the model: ports of the bridge, their far ends, and other bridges. @module */
import { isTunnel, takesFromAll, tunnelIdentity } from "../contracts/interface_types.ts";
import type { PortVLANs } from "../contracts/mod.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import { isReceivedFrom, readMTU } from "./devices.ts";
import {
  type BridgeRow,
  bridgeView,
  type Cache,
  type FoundInterface,
  interfaceByName,
  type InterfaceRow,
  type PortRow,
  type RowChange,
  tunnelInterfaces,
} from "../ovsdb/mod.ts";
import {
  FAR_END_OF,
  farEndOwner,
  isOutOfForwarding,
  isOutOfSpanningTree,
  MARK,
} from "../base/marks.ts";
import type { PortSpec } from "../contracts/mod.ts";
import type { FlowTunnel, Surroundings } from "../model/ports/surroundings.ts";
import type { FarEndRow } from "../model/ports/far_end.ts";

const VLAN_MODES = ["access", "trunk", "native-tagged", "native-untagged", "dot1q-tunnel"] as const;

/** The VLANs of a Port row; nothing if it has no setting for them. Without a mode, a port with a tag is an access port. */
function toVLANs({ vlan_mode, tag, trunks }: PortRow): PortVLANs | undefined {
  if (vlan_mode === undefined && tag === undefined && trunks.length === 0) return undefined;
  const mode = VLAN_MODES.find((mode) => mode === vlan_mode) ??
    (tag === undefined ? "trunk" : "access");
  return { mode, own: mode === "trunk" ? 0 : tag ?? 0, trunks };
}

/** Columns of the bridge's row on which the model's view of its ports depends. */
type SpanningTree = Pick<BridgeRow, "stp_enable" | "rstp_enable">;
type OfBridge = SpanningTree & Pick<BridgeRow, "datapath_type">;
const hasSpanningTree = (bridge: SpanningTree | undefined) =>
  bridge !== undefined && (bridge.stp_enable || bridge.rstp_enable);

/**
 * The model's view of a port, from its Interface row, its Port row and the row of its bridge. A value that OVSDB does not
 * know is absent.
 */
export function toBridgePort(row: InterfaceRow, port: PortRow, bridge: OfBridge): BridgePort {
  const ours = MARK in port.external_ids && !(FAR_END_OF in port.external_ids);
  const vlans = toVLANs(port);
  return {
    name: row.name,
    type: row.type,
    options: row.options,
    external_ids: { ...port.external_ids, ...row.external_ids },
    ours,
    outOfForwarding: isOutOfForwarding(port),
    ...(!ours && isSpanned(row, port, bridge) && { inSpanningTree: true }),
    interfaceUUID: row._uuid,
    portUUID: port._uuid,
    ...(row.ofport !== undefined && row.ofport > 0 && { ofport: row.ofport }),
    ...(row.error && { error: row.error }),
    ...(row.mtu !== undefined && { mtu: row.mtu }),
    ...(row.mtu_request !== undefined && { mtuRequest: row.mtu_request }),
    ...(row.mac_in_use && { mac_in_use: row.mac_in_use }),
    ...(row.link_state && { linkUp: row.link_state === "up" }),
    ...(vlans && { vlans }),
    ...(port.protected && { isProtected: true as const }),
    ...(port.interfaces.length > 1 && { isInBond: true as const }),
    ...(row.status.tunnel_egress_iface && { egressDevice: row.status.tunnel_egress_iface }),
    ...(isUnrouted(row, bridge) && { unrouted: true }),
  };
}

/** Internal ports take part in no spanning tree: `port_configure_stp()` and `port_configure_rstp()` in bridge.c. */
function isSpanned({ type }: InterfaceRow, port: PortRow, bridge: OfBridge): boolean {
  return hasSpanningTree(bridge) && type !== "internal" && !isOutOfSpanningTree(port);
}

/** With the datapath of the kernel it is not known: the kernel may have routes that Open vSwitch does not read. */
function isUnrouted(row: InterfaceRow, { datapath_type }: OfBridge): boolean {
  return isTunnel(row) && datapath_type === USERSPACE && !row.status.tunnel_egress_iface;
}

/** Names of all interfaces whose state may differ after these changes of rows. */
export function touchedInterfaces(cache: Cache, changes: readonly RowChange[]): Set<string> {
  const names = new Set<string>();
  const ofPorts = (uuids: Iterable<string>) => {
    for (const uuid of uuids) {
      for (const id of cache.get("Port", uuid)?.interfaces ?? []) {
        const name = cache.get("Interface", id)?.name;
        if (name !== undefined) names.add(name);
      }
    }
  };
  for (const change of changes) {
    if (change.table === "Interface") {
      for (const row of [change.before, change.after]) if (row) names.add(row.name);
    } else if (change.table === "Port") ofPorts([change.uuid]);
    else if (change.table === "Bridge") {
      const before = new Set(change.before?.ports);
      if (hasSpanningTree(change.before) !== hasSpanningTree(change.after)) ofPorts(before);
      ofPorts(before.symmetricDifference(new Set(change.after?.ports)));
    }
  }
  return names;
}

/** The port of that name; nothing if it does not exist or is on another bridge. */
export function portOnBridge(cache: Cache, bridge: string, name: string): BridgePort | undefined {
  const found = interfaceByName(cache, name);
  if (!found?.port || found.bridge?.name !== bridge) return undefined;
  return toBridgePort(found.interface, found.port, found.bridge);
}

/** The part of `Surroundings` that OVSDB knows. */
type OvsSurroundings = Pick<
  Surroundings,
  | "bridge"
  | "bridgeOf"
  | "isBridge"
  | "isOurs"
  | "sameTunnel"
  | "flowTunnel"
  | "mtuOf"
  | "isReceivedFrom"
  | "isServed"
>;

/** `Bridge.datapath_type` of a bridge in userspace: ovs-vswitchd opens its devices. */
const USERSPACE = "netdev";

/** The tunnel that takes most of the packets that the spec's tunnel would take. */
function flowTunnel(cache: Cache, spec: PortSpec): FlowTunnel | undefined {
  const found = tunnelInterfaces(cache).filter(({ name }) => name !== spec.name)
    .map((row) => ({ name: row.name, takes: takesFromAll(row, spec) }))
    .filter((each): each is FlowTunnel => each.takes !== undefined);
  return found.find(({ takes }) => takes === "same key") ?? found[0];
}

/** Whether a tunnel that takes packets from every address has come or gone. */
export function changesFlowTunnels(changes: readonly RowChange[]): boolean {
  return changes.some(({ table, before, after }) =>
    table === "Interface" &&
    [before, after].some((row) => row && "options" in row && row.options.remote_ip === "flow")
  );
}

/**
 * @param cache Gives the current cache: a new connection to OVSDB begins with a new one.
 * @param bridges All bridges that the agent works on; if absent, this one alone.
 */
export function ovsSurroundings(
  cache: () => Cache,
  bridge: string,
  bridges: readonly string[] = [bridge],
): OvsSurroundings {
  return {
    bridge,
    isServed: (name) => name !== bridge && bridges.includes(name),
    bridgeOf: (name) => interfaceByName(cache(), name)?.bridge?.name,
    isOurs: (name) => MARK in (interfaceByName(cache(), name)?.port?.external_ids ?? {}),
    mtuOf: (name) => interfaceByName(cache(), name)?.interface.mtu ?? readMTU(name),
    isBridge: (name) => bridgeView(cache(), name) !== undefined,
    flowTunnel: (spec) => flowTunnel(cache(), spec),
    // With the datapath of the kernel, no socket shows which devices are opened.
    isReceivedFrom: (index) =>
      bridgeView(cache(), bridge)?.row.datapath_type === USERSPACE
        ? isReceivedFrom(index)
        : undefined,
    sameTunnel: (spec) =>
      tunnelInterfaces(cache()).find((row) =>
        row.name !== spec.name && tunnelIdentity(row) === tunnelIdentity(spec)
      )?.name,
  };
}

/**
 * If a row is the far end of a port of `bridge`: the name of that port.
 *
 * @param external_ids Of the row.
 */
function nearOf(
  external_ids: Readonly<Record<string, string>>,
  bridge: string,
): string | undefined {
  const of = external_ids[FAR_END_OF];
  const head = farEndOwner(bridge, "");
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
    outOfSpanningTree: isOutOfSpanningTree(port),
    interfaceUUID: row._uuid,
    portUUID: port._uuid,
  };
}

/**
 * The far ends that may differ after these changes of rows.
 *
 * @returns The far end of each port of the bridge, by the port's name; `undefined` if the far end is gone.
 */
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

/** All far ends of the bridge's ports, by the port's name. A far end is found even if its port is gone. */
export function farEndsOf(cache: Cache, bridge: string): Map<string, FarEndRow> {
  const found = [...cache.all("Port")].flatMap(({ name, external_ids }) => {
    const near = nearOf(external_ids, bridge);
    const row = near !== undefined && interfaceByName(cache, name);
    const farEnd = row && toFarEnd(row);
    return farEnd ? [[near, farEnd] as const] : [];
  });
  return new Map(found);
}
