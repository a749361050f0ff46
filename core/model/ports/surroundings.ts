/** What surrounds a port, as far as a judgement of it depends on that. @module */
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import type { MTURange } from "./mtu.ts";
import type { FarSurroundings } from "./far_end.ts";
import type { Flow } from "../../openflow/mod.ts";

/** What the node knows of a network device. */
export interface Device {
  readonly index: number;
  /** IP addresses of the node on it, link-local ones left out. */
  readonly addresses: readonly string[];
}

/** What surrounds a port, seen by name. */
export interface Surroundings extends FarSurroundings {
  onBridge(name: string): BridgePort | undefined;
  isPodPort(name: string): boolean;
  /** A tunnel of somebody else's that Open vSwitch would take for the same. */
  sameTunnel(spec: PortSpec): string | undefined;
  device(name: string): Device | undefined;
  /** Bytes; of a device of the same Open vSwitch, whatever its bridge, or of the node. */
  mtuOf(name: string): number | undefined;
  /** Of the bridge's ports that are not ours. */
  bridgeMTUs(): MTURange | undefined;
  /** A flow of somebody else's where the port's own must be. */
  placeTaken(ofport: number): Flow | undefined;
}

/** Those that OVSDB and the node tell; the others follow from the model. */
export type NodeSurroundings = Omit<
  Surroundings,
  "onBridge" | "isPodPort" | "bridgeMTUs" | "farEnd" | "placeTaken"
>;
