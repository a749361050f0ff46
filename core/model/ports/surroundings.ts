/** The things around a port on which the judgement of the port depends. @module */
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import type { MTURange } from "./mtu.ts";
import type { Device, OpenedDevices } from "./device.ts";
import type { FarSurroundings } from "./far_end.ts";
import type { Flow } from "../../openflow/mod.ts";

/** A tunnel that takes packets from every address: see `takesFromAll`. */
export interface FlowTunnel {
  readonly name: string;
  readonly takes: "same key" | "every key";
}

/** The things around a port. Each is found by its name. */
export interface Surroundings extends FarSurroundings, OpenedDevices {
  onBridge(name: string): BridgePort | undefined;
  isPodPort(name: string): boolean;
  /** Whether Sluice has made the port, on whichever bridge it is. */
  isOurs(name: string): boolean;
  /** Whether the same agent works on that bridge, too; absent if it works on one alone. */
  isServed?(bridge: string): boolean;
  /** An earlier one of several bridges that is about to have a port of that name. */
  claimedBy?(name: string): string | undefined;
  /** Name of a tunnel that Sluice did not make and that Open vSwitch would take for the same tunnel. */
  sameTunnel(spec: PortSpec): string | undefined;
  /** A tunnel that Sluice did not make, which takes packets that would come in through the spec's tunnel instead. */
  flowTunnel(spec: PortSpec): FlowTunnel | undefined;
  /** Whether the node has the IP address. */
  isOwnAddress(ip: string): boolean;
  device(name: string): Device | undefined;
  /** The MTU, in bytes, of a port of any bridge of this Open vSwitch, or of a device of the node. */
  mtuOf(name: string): number | undefined;
  /** The MTUs of the bridge's ports that Sluice did not make. */
  bridgeMTUs(): MTURange | undefined;
  /** Whether the switch sends no packets to the port, or takes none from it: ovs-ofctl(8), `mod-port`. */
  isStopped(name: string): boolean;
  /** A flow of the owner with the table, priority and match of a flow that the port needs. */
  collidingFlow(ofport: number): Flow | undefined;
}

/** The part of the surroundings that OVSDB and the node show. The model itself knows the rest. */
export type NodeSurroundings = Omit<
  Surroundings,
  "onBridge" | "isPodPort" | "bridgeMTUs" | "farEnd" | "isStopped" | "collidingFlow"
>;
