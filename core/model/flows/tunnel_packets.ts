/** The packets in which a tunnel port sends others, as the bridge sees them if the remote end is behind it. @module */
import { interfaceType, isTunnel } from "../../contracts/interface_types.ts";
import type { TunnelPackets } from "../../contracts/mod.ts";
import { PORT } from "../../openflow/mod.ts";
import { type BridgePort, LOCAL_NUMBER } from "../ports/bridge_ports.ts";

/** IP protocol numbers (IANA). */
const [UDP, GRE] = [17, 47];

type TunnelPort = Pick<BridgePort, "type" | "options" | "egressDevice">;
type EntryPort = Pick<BridgePort, "ofport" | "mac_in_use">;

export interface Entries {
  /** The bridge's own port. */
  local(): EntryPort | undefined;
  named(name: string): EntryPort | undefined;
}

/**
 * The node's own packets enter the bridge by the bridge's own port, or by the port that the route to the remote end names.
 *
 * @returns Nothing if the port is no tunnel.
 */
export function tunnelPackets(port: TunnelPort, at: Entries): TunnelPackets | undefined {
  const { remote_ip: remote, dst_port } = port.options;
  if (!isTunnel(port) || remote === undefined) return undefined;
  const { udpPort } = interfaceType(port.type);
  const local = at.local();
  const routed = port.egressDevice === undefined ? undefined : at.named(port.egressDevice);
  const other = routed?.ofport !== undefined && routed.ofport !== local?.ofport ? [routed] : [];
  return {
    remote,
    protocol: udpPort === undefined ? GRE : UDP,
    ...(udpPort !== undefined && { udpPort: Number(dst_port ?? udpPort) }),
    entries: [
      { ofport: PORT.LOCAL, ...macOf(local) },
      ...other.map((entry) => ({ ofport: entry.ofport!, ...macOf(entry) })),
    ],
  };
}

/** Whether flows for the tunnel name that port: by it packets of the tunnel enter the bridge. */
export function entersBy(tunnel: TunnelPort, name: string, port: EntryPort | undefined): boolean {
  return isTunnel(tunnel) && (tunnel.egressDevice === name || port?.ofport === LOCAL_NUMBER);
}

const macOf = (port: EntryPort | undefined) =>
  port?.mac_in_use === undefined ? {} : { mac: port.mac_in_use };
