/** Rows joined: bridges with their ports, ports with their interfaces. Looked up, never rebuilt. @module */
import type { Cache } from "./cache.ts";
import type { BridgeRow, ControllerRow, InterfaceRow, MirrorRow, PortRow } from "./schema.ts";

export interface BridgePort {
  readonly row: PortRow;
  readonly interfaces: readonly InterfaceRow[];
}
export interface BridgeView {
  readonly row: BridgeRow;
  /** By name; read when asked for. */
  readonly ports: ReadonlyMap<string, BridgePort>;
  readonly mirrors: readonly MirrorRow[];
  readonly controllers: readonly ControllerRow[];
}

const present = <T>(values: readonly (T | undefined)[]) =>
  values.filter((value) => value !== undefined);

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

export interface FoundInterface {
  readonly interface: InterfaceRow;
  readonly port?: PortRow;
  readonly bridge?: BridgeRow;
}

/** On whatever bridge it is: names are unique in the database. */
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

/** Interfaces with a far end, on any bridge. */
export function tunnelInterfaces(cache: Cache): InterfaceRow[] {
  return [...cache.all("Interface")].filter(({ options }) => options.remote_ip !== undefined);
}
