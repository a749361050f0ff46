/** Every mark by which Sluice knows again what it made: keys of `external_ids`, columns of ports, cookies of flows. @module */

/** Key of `external_ids` in every row that Sluice makes; its value is the version of what Sluice stores there. */
export const MARK = "sluice";
export const SCHEMA_VERSION = "1";
/** Key in the row of a far end; its value is the port that the far end belongs to, as `farEndOwner` writes it. */
export const FAR_END_OF = `${MARK}-far-end-of`;
/** Antrea's agent crashes on ports that lack this key, and adopts ports that carry one of its own values. */
const ANTREA_TYPE = "antrea-type";

/** The `external_ids` of a new row, as a map of OVSDB. */
export const mark = (): Map<string, string> =>
  new Map([[MARK, SCHEMA_VERSION], [ANTREA_TYPE, MARK]]);

/** The value of `FAR_END_OF` for a port of a bridge. */
export const farEndOwner = (bridge: string, port: string): string => `${bridge}:${port}`;

/**
 * A MAC that Open vSwitch never takes as a bridge's own, from which the datapath ID follows:
 * ovs-vswitchd.conf.db(5), Port `mac`.
 */
export const LOCALLY_ADMINISTERED = "02:51:ce:00:00:01";

/** Open vSwitch never forwards by NORMAL to a trunk of a VLAN without members, nor between protected ports. */
export const OUT_OF_FORWARDING = {
  vlan_mode: "trunk",
  trunks: 4095,
  protected: true,
  mac: LOCALLY_ADMINISTERED,
} as const;

/** Those columns of a Port row: ovs-vswitchd.conf.db(5). */
export interface ForwardingColumns {
  readonly vlan_mode?: string | undefined;
  readonly trunks: readonly number[];
  readonly protected: boolean;
  readonly mac?: string | undefined;
}

/** Whether the row keeps NORMAL out of the port, as rows of Sluice do. */
export function isOutOfForwarding(
  { vlan_mode, trunks, protected: shielded, mac }: ForwardingColumns,
): boolean {
  return vlan_mode === OUT_OF_FORWARDING.vlan_mode && shielded && mac === OUT_OF_FORWARDING.mac &&
    trunks.length === 1 && trunks[0] === OUT_OF_FORWARDING.trunks;
}

/** A cookie has Sluice's mark in its upper 16 bits, and a class in the next 16. */
export const OWN_COOKIE = 0x51ce0000_00000000n;
export const OWNER_MASK = 0xffff0000_00000000n;
/** The class of flows that the switch learns by an action of Sluice's; Sluice does not compare them. */
export const LEARNED_COOKIE = 0x51ce0001_00000000n;
export const CLASS_MASK = 0xffffffff_00000000n;

/** Whether a flow carries Sluice's mark, learned ones too. */
export function isOurs({ cookie }: { readonly cookie: bigint }): boolean {
  return (cookie & OWNER_MASK) === OWN_COOKIE;
}
