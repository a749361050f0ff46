/** What a tunnel of somebody else that takes packets from every address means for a tunnel of Sluice. Pure. @module */
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import { hasUDPPort, isTunnel } from "../../contracts/interface_types.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { Surroundings } from "./surroundings.ts";

type FlowTunnels = Pick<Surroundings, "flowTunnel">;

/** Why the tunnel must not be made: as long as it exists, packets of the other one come in through it. */
export function takenPackets(spec: PortSpec, around: FlowTunnels): Condition | undefined {
  const other = isTunnel(spec) ? around.flowTunnel(spec) : undefined;
  if (other?.takes !== "same key") return undefined;
  const message =
    `Tunnel "${other.name}" of somebody else has the same type, key and port, and takes packets ` +
    `from every address: those from ${spec.options.remote_ip} would come in here instead`;
  return condition("TunnelInUse", message, cureOf(spec));
}

/** A warning for a tunnel that exists. */
export function sharedPackets(spec: PortSpec, around: FlowTunnels): Condition[] {
  const other = isTunnel(spec) ? around.flowTunnel(spec) : undefined;
  if (other?.takes !== "every key") return [];
  const { remote_ip, key } = spec.options;
  const message =
    `Tunnel "${other.name}" of somebody else takes packets of every key: if its owner uses key ` +
    `${key} with ${remote_ip}, they come in here instead`;
  return [warning("TunnelInUse", message, cureOf(spec))];
}

function cureOf(spec: PortSpec): string {
  return hasUDPPort(spec)
    ? "set a vni that its owner does not use, or another destinationPort"
    : "use a key that its owner does not use";
}
