/** Rows joined with those that they refer to: bridges with their ports, ports with their interfaces. @module */
import type { Cache } from "./cache.ts";
import type { BridgeRow, ControllerRow, InterfaceRow, MirrorRow, PortRow } from "./schema.ts";

/** A port with its interfaces: several if it is a bond. */
export interface BridgePort {
  readonly row: PortRow;
  readonly interfaces: readonly InterfaceRow[];
}
/** A bridge with the rows that belong to it. */
export interface BridgeView {
  readonly row: BridgeRow;
  /** By name. The rows are looked up each time that this is read. */
  readonly ports: ReadonlyMap<string, BridgePort>;
  readonly mirrors: readonly MirrorRow[];
  readonly controllers: readonly ControllerRow[];
}

const present = <T>(values: readonly (T | undefined)[]) =>
  values.filter((value) => value !== undefined);

/** The bridge with that name, if there is one. */
export function bridgeView(cache: Cache, name: string): BridgeView | undefined {
  const uuid = cache.bridgeUuid(name);
  const row = uuid === undefined ? undefined : cache.get("Bridge", uuid);
  if (!row) return undefined;
  return {
    row,
    get ports() {
      return new Map(
        present(row.ports.map((id) => cache.get("Port", id))).map((port) => [port.name, {
          row: port,
          interfaces: present(port.interfaces.map((id) => cache.get("Interface", id))),
        }]),
      );
    },
    get mirrors() {
      return present(row.mirrors.map((id) => cache.get("Mirror", id)));
    },
    get controllers() {
      return present(row.controller.map((id) => cache.get("Controller", id)));
    },
  };
}

/** An interface with the port and the bridge that it belongs to, if it belongs to any. */
export interface FoundInterface {
  readonly interface: InterfaceRow;
  readonly port?: PortRow;
  readonly bridge?: BridgeRow;
}

/** The interface with that name, on any bridge: no two have the same name in the whole database. */
export function interfaceByName(cache: Cache, name: string): FoundInterface | undefined {
  const uuid = cache.interfaceUuid(name);
  const row = uuid === undefined ? undefined : cache.get("Interface", uuid);
  if (!row) return undefined;
  const portID = cache.portOfInterface(row._uuid);
  const port = portID === undefined ? undefined : cache.get("Port", portID);
  const bridgeID = port && cache.bridgeOfPort(port._uuid);
  const bridge = bridgeID === undefined ? undefined : cache.get("Bridge", bridgeID);
  return { interface: row, ...(port && { port }), ...(bridge && { bridge }) };
}

/** All interfaces, of any bridge, that are tunnels: those with the option `remote_ip`. */
export function tunnelInterfaces(cache: Cache): InterfaceRow[] {
  return [...cache.all("Interface")].filter(({ options }) => options.remote_ip !== undefined);
}
