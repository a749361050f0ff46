/**
 * The rows for packets of Sluice's own tunnels that come back to the bridge, as the remote end is behind it: a collector
 * that is a Pod of the node, for example. Without these rows, each copy to a selected Pod would be copied again.
 * @module
 */
import type { Row, SwitchPort, TunnelPackets } from "../../core/api.ts";
import {
  ETHERTYPE,
  IP_PROTOCOL,
  NEVER_HANDED_BACK,
  REGISTER,
  STATE,
  UNREACHABLE,
} from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

const isIPv6 = ({ remote }: TunnelPackets) => remote.includes(":");

/** What the packets match that the node sends into the tunnel. */
function sentBy(tunnel: TunnelPackets) {
  const { remote, protocol, udpPort } = tunnel;
  return {
    ...(isIPv6(tunnel)
      ? { eth_type: ETHERTYPE.ipv6, ipv6_dst: remote }
      : { eth_type: ETHERTYPE.ipv4, ip_dst: remote }),
    ip_proto: protocol,
    ...(udpPort !== undefined && { udp_dst: udpPort }),
    [REGISTER.state]: NEVER_HANDED_BACK,
  };
}

/** What the packets match by which the remote end says to the node that nobody there takes the tunnel's packets. */
function refusals(tunnel: TunnelPackets) {
  const { remote } = tunnel;
  return {
    ...(isIPv6(tunnel)
      ? {
        eth_type: ETHERTYPE.ipv6,
        ip_proto: IP_PROTOCOL.icmpv6,
        ipv6_src: remote,
        icmpv6_type: UNREACHABLE.icmpv6,
      }
      : {
        eth_type: ETHERTYPE.ipv4,
        ip_proto: IP_PROTOCOL.icmp,
        ip_src: remote,
        icmp_type: UNREACHABLE.icmp,
      }),
    [REGISTER.state]: NEVER_HANDED_BACK,
  };
}

/** Rows for a tunnel that gets copies: its own packets, and errors about them, are not copied. */
export function ownCopyRows({ row, to }: Rows, { tunnel }: SwitchPort): Row[] {
  if (!tunnel) return [];
  const mark = [flag(STATE.ownCopy), to("Source")];
  return [
    ...tunnel.entries.flatMap(({ ofport, mac }) => [
      row(["Bridge", "ownCopy"], { in_port: ofport, ...sentBy(tunnel) }, mark),
      ...(mac === undefined
        ? []
        : [row(["Bridge", "ownCopy"], { eth_dst: mac, ...refusals(tunnel) }, mark)]),
    ]),
    row(
      ["MirrorOut", "ownCopy"],
      { [REGISTER.state]: [STATE.ownCopy, STATE.ownCopy] },
      [to("Divert")],
    ),
  ];
}

/** Rows for a tunnel that is the target of a pair: its own packets do not enter the pair again. */
export function ownTunnelRows({ row, to }: Rows, { tunnel }: SwitchPort): Row[] {
  return (tunnel?.entries ?? []).map(({ ofport }) =>
    row(["Bridge", "ownTunnel"], { in_port: ofport, ...sentBy(tunnel!) }, [to("HandBack")])
  );
}
