/** The prerequisites of fields, and the words that stand for some of them: ovs-fields(7), "Matching". @module */

/** The values of fields, by name, that a match must have before it may have a certain other field. */
export type Prerequisite = Readonly<Record<string, bigint>>;

const IPV4 = 0x800n;
const IPV6 = 0x86ddn;
const ICMPV6 = 58n;

/** The words of ovs-ofctl for protocols. The word of a protocol over IP comes before that of IP. */
export const PROTOCOLS = {
  icmp: { eth_type: IPV4, ip_proto: 1n },
  tcp: { eth_type: IPV4, ip_proto: 6n },
  udp: { eth_type: IPV4, ip_proto: 17n },
  sctp: { eth_type: IPV4, ip_proto: 132n },
  icmp6: { eth_type: IPV6, ip_proto: ICMPV6 },
  tcp6: { eth_type: IPV6, ip_proto: 6n },
  udp6: { eth_type: IPV6, ip_proto: 17n },
  sctp6: { eth_type: IPV6, ip_proto: 132n },
  ip: { eth_type: IPV4 },
  ipv6: { eth_type: IPV6 },
  arp: { eth_type: 0x806n },
  rarp: { eth_type: 0x8035n },
  mpls: { eth_type: 0x8847n },
  mplsm: { eth_type: 0x8848n },
} as const satisfies Readonly<Record<string, Prerequisite>>;

/** All prerequisites, by the names that the table of fields uses. */
export const PREREQUISITES = {
  ...PROTOCOLS,
  vlan: { vlan_vid: 0x1000n },
  nsh: { eth_type: 0x894fn },
  nd_solicit: { eth_type: IPV6, ip_proto: ICMPV6, icmpv6_type: 135n },
  nd_advert: { eth_type: IPV6, ip_proto: ICMPV6, icmpv6_type: 136n },
} as const satisfies Readonly<Record<string, Prerequisite>>;
export type PrerequisiteName = keyof typeof PREREQUISITES;
