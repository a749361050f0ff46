/** Tables, priorities, registers and cookies of the interpose pipeline, each with its name. @module */

/** Offsets of the tables from `--table-base`; a packet meets them in this order. */
export const TABLE = {
  source: 0,
  destination: 1,
  mirrorOut: 2,
  mirrorIn: 3,
  copyOnce: 4,
  divert: 5,
  handBack: 6,
  restore: 7,
  restorePort: 8,
} as const;
export type TableName = keyof typeof TABLE;
export const TABLE_COUNT = Object.keys(TABLE).length;

/** The bridge's own first table, where its owner's flows begin. */
export const OWNERS_TABLE = 0;

/** Priorities by table, in the order in which they are tried. */
export const PRIORITY = {
  owners: {
    returned: 65535,
    targetInput: 65533,
    returnedOther: 65534,
    neighbours: 65001,
    ip: 65000,
  },
  source: { own: 10, port: 9, stranger: 5, other: 0 },
  destination: { address: 12, mac: 10, other: 0 },
  mirrorOut: { treated: 20, first: 10, returned: 0 },
  mirrorIn: { treated: 20, other: 0 },
  copyOnce: { sent: 20, sendTagged: 11, send: 10 },
  divert: {
    drop: 50,
    unverified: 45,
    egress: 40,
    ingressTagged: 36,
    ingress: 35,
    inspected: 30,
    nextTagged: 21,
    next: 20,
    other: 0,
  },
  handBack: { any: 0 },
  restore: { learnedTag: 25, localPod: 20, learned: 10 },
  restorePort: { tagged: 2, unknown: 1, known: 0 },
} as const;

/** Registers; each is 0 when a packet enters, and 0 again, but for `handedBack`, when it leaves us. */
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

/** Owner in the top 16 bits, then a class; learned flows are the switch's, so they are no part of a diff. */
export const COOKIE = { flows: 0x51ce0000_00000000n, learned: 0x51ce0001_00000000n } as const;

/** The switch forgets a learned sender after this many idle seconds, and holds so many at most. */
export const LEARNED = { idleTimeout: 300, limit: 4096 } as const;

/** Ethernet types and protocol numbers (IANA). */
export const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 } as const;
export const IP_PROTOCOL = { icmpv6: 58 } as const;
/** RFC 4861 section 4: router and neighbour solicitation and advertisement, redirect. */
export const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137] as const;
