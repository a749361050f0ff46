/** Registers and numbers of the interpose pipeline, each with its name. @module */

/** Registers; each is 0 when a packet enters, and 0 again, but for `handedBack`, when it leaves the pipeline. */
export const REGISTER = {
  state: "reg15",
  egress: "reg14",
  ingress: "reg13",
  original: "reg12",
  copy: "reg11",
  tag: "reg10",
} as const;

/** Bits of `REGISTER.state`. `lastPair` is the return port's number: one pair has it, no other. */
export const STATE = {
  handedBack: 0x80000000n,
  /** The source MAC is not one of the port's own. */
  unverified: 0x40000000n,
  /** The Pod gets untagged what the bridge carries tagged: so shall the sensor. */
  untag: 0x20000000n,
  lastPair: 0xffffn,
} as const;

/** Bits of `REGISTER.tag`: a VLAN id and the sign that one was taken off, as in the VLAN_VID field. */
export const TAG = { present: 0x1000n, firstBit: 0, lastBit: 11, presentBit: 12 } as const;

/** The switch forgets a learned sender after this many idle seconds, and holds so many at most. */
export const LEARNED = { idleTimeout: 300, limit: 4096 } as const;

/** Ethernet types and protocol numbers (IANA). */
export const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 } as const;
export const IP_PROTOCOL = { icmpv6: 58 } as const;
/** RFC 4861 section 4: router and neighbour solicitation and advertisement, redirect. */
export const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137] as const;
