/** Ports of a bridge, as pipelines get them. @module */

/** A port of the bridge, with its name in Open vSwitch and its number in flows. */
export interface SwitchPort {
  readonly name: string;
  readonly ofport: number;
  /** Present if the port is a tunnel. */
  readonly tunnel?: TunnelPackets;
}

/** The packets in which a tunnel sends others. They enter the bridge if the tunnel's remote end is behind the bridge. */
export interface TunnelPackets {
  /** The IP address of the remote end. */
  readonly remote: string;
  /** Their IP protocol number. */
  readonly protocol: number;
  /** Their UDP destination port, if they are UDP. */
  readonly udpPort?: number;
  /** The ports by which the node's own packets may enter the bridge, each with the node's MAC there, if it is known. */
  readonly entries: readonly { readonly ofport: number; readonly mac?: string }[];
}
