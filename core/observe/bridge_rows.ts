/** From OVSDB rows to the model: the bridge's ports, and what surrounds them. @module */
import type { PortSpec } from "../contracts/mod.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { readMTU } from "./devices.ts";
import {
  bridgeView,
  type Cache,
  interfaceByName,
  type InterfaceRow,
  type PortRow,
  type RowChange,
  tunnelInterfaces,
} from "../ovsdb/mod.ts";
import { FAR_END_OF, isOutOfForwarding, MARK } from "../apply/port_operations.ts";
import type { Surroundings } from "../model/ports/verdict.ts";

/** `Port.vlan_mode` values with which a tagged port is an access port. */
const ACCESS_MODES: ReadonlySet<string | undefined> = new Set([undefined, "access"]);

export function toBridgePort(row: InterfaceRow, port: PortRow): BridgePort {
  const access = ACCESS_MODES.has(port.vlan_mode) ? port.tag : undefined;
  return {
    name: row.name,
    type: row.type,
    options: row.options,
    external_ids: { ...port.external_ids, ...row.external_ids },
    ours: MARK in port.external_ids && !(FAR_END_OF in port.external_ids),
    outOfForwarding: isOutOfForwarding(port),
    interfaceUUID: row._uuid,
    portUUID: port._uuid,
    ...(row.ofport !== undefined && row.ofport > 0 && { ofport: row.ofport }),
    ...(row.error && { error: row.error }),
    ...(row.mtu !== undefined && { mtu: row.mtu }),
    ...(row.mtu_request !== undefined && { mtuRequest: row.mtu_request }),
    ...(row.mac_in_use && { mac_in_use: row.mac_in_use }),
    ...(row.link_state && { linkUp: row.link_state === "up" }),
    ...(access !== undefined && { accessVLAN: access }),
    ...(row.status.tunnel_egress_iface && { egressDevice: row.status.tunnel_egress_iface }),
  };
}

/** Names of the interfaces that a change of rows may concern. */
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
      ofPorts(before.symmetricDifference(new Set(change.after?.ports)));
    }
  }
  return names;
}

/** The port under that name on our bridge, if it is there. */
export function portOnBridge(cache: Cache, bridge: string, name: string): BridgePort | undefined {
  const found = interfaceByName(cache, name);
  if (!found?.port || found.bridge?.name !== bridge) return undefined;
  return toBridgePort(found.interface, found.port);
}

type OvsSurroundings = Pick<
  Surroundings,
  "bridge" | "bridgeOf" | "isBridge" | "sameTunnel" | "mtuOf"
>;

export function ovsSurroundings(cache: () => Cache, bridge: string): OvsSurroundings {
  return {
    bridge,
    bridgeOf: (name) => interfaceByName(cache(), name)?.bridge?.name,
    mtuOf: (name) => interfaceByName(cache(), name)?.interface.mtu ?? readMTU(name),
    isBridge: (name) => bridgeView(cache(), name) !== undefined,
    sameTunnel: (spec) =>
      tunnelInterfaces(cache()).find((row) =>
        row.name !== spec.name && tunnelIdentity(row) === tunnelIdentity(spec)
      )?.name,
  };
}

/** UDP ports that Open vSwitch takes when none is set: ovs-vswitchd.conf.db(5), options:dst_port. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { geneve: "6081", vxlan: "4789" };
const FAMILIES: Readonly<Record<string, string>> = { ip6gre: "gre", ip6erspan: "erspan" };

/** Open vSwitch takes one tunnel of a type, remote address, key and port: notes on `ofport=-1`. */
export function tunnelIdentity(
  { type, options }: Pick<InterfaceRow | PortSpec, "type" | "options">,
): string {
  return [
    FAMILIES[type] ?? type,
    options.remote_ip,
    options.key ?? "0",
    options.dst_port ?? DEFAULT_PORTS[type] ?? "",
  ].join(" ");
}

const DEFAULT_OVN_BRIDGE = "br-int";

/** Why nothing may be written to the bridge, as far as OVSDB shows it. */
export function bridgeConditions(cache: Cache, bridge: string): Condition[] {
  const view = bridgeView(cache, bridge);
  if (!view) {
    const message = `Bridge "${bridge}" does not exist: create it, or name another with --bridge`;
    return [condition("BridgeMissing", message)];
  }
  const ids = cache.all("Open_vSwitch").next().value?.external_ids ?? {};
  if (isOvns(ids, bridge)) {
    const message =
      `Bridge "${bridge}" is ovn-controller's, which wipes all flows that are not its own: ` +
      "name another bridge with --bridge";
    return [condition("UnsupportedBridge", message)];
  }
  const failOpen = view.row.fail_mode !== "secure" &&
    view.controllers.some((controller) => !controller.is_connected);
  if (!failOpen) return [];
  const message =
    `Bridge "${bridge}" fails open and its controller is not connected, so that its own ` +
    `rules would get round every redirect: run "ovs-vsctl set-fail-mode ${bridge} secure"`;
  return [condition("BridgeFailOpen", message)];
}

function isOvns(ids: Readonly<Record<string, string>>, bridge: string): boolean {
  const integration = ids["ovn-bridge"] ?? (ids["ovn-remote"] ? DEFAULT_OVN_BRIDGE : undefined);
  const mapped = (ids["ovn-bridge-mappings"] ?? "").split(",").map((each) => each.split(":")[1]);
  return bridge === integration || mapped.includes(bridge);
}
