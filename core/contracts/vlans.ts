/** The contract of VLANs: which VLANs a port of the bridge carries, and with which tags. @module */

/** How a port takes part in the bridge's VLANs: ovs-vswitchd.conf.db(5), Port `vlan_mode`, `tag` and `trunks`. */
export interface PortVLANs {
  readonly mode: "access" | "trunk" | "native-tagged" | "native-untagged" | "dot1q-tunnel";
  /** The VLAN of packets that come in by the port without a tag. For a `trunk` it is 0. */
  readonly own: number;
  /** The VLANs that a port carries which is neither `access` nor `dot1q-tunnel`. If it is empty, all. */
  readonly trunks: readonly number[];
}

/** A port of the bridge with a setting for VLANs. */
export interface VLANPort {
  readonly ofport: number;
  readonly vlans: PortVLANs;
}

/** A port without any setting for VLANs: it carries all of them, and changes no tag. */
export const ALL_VLANS: PortVLANs = { mode: "trunk", own: 0, trunks: [] };
