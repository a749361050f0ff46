/** Whether packets of a tunnel can reach the address that it leads to. Pure. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import { isTunnel } from "../../contracts/interface_types.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { BridgePort } from "./bridge_ports.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Why no packet arrives at the far end. The tunnel and its flows stay: a redirect stays closed, and the route or the
 * address may change at any time.
 */
export function reachConditions(
  spec: PortSpec,
  port: BridgePort,
  around: Pick<Surroundings, "isOwnAddress">,
): Condition[] {
  const { name, options: { remote_ip: remote = "" } } = spec;
  if (!isTunnel(spec)) return [];
  if (around.isOwnAddress(remote)) {
    const message = `Tunnel "${name}" leads to ${remote}, which is an address of this node`;
    return [condition("NoRoute", message, "name the address of another node")];
  }
  if (!port.unrouted) return [];
  const message = `Open vSwitch has no route to ${remote}, to which tunnel "${name}" leads`;
  return [condition("NoRoute", message, "add a route to it")];
}
