/** Names for the registers, bits and protocol numbers that the interpose pipeline uses. @module */

import { LIMITS } from "../../core/api.ts";

/**
 * Registers. Each is 0 when a packet enters the pipeline, and 0 again when the packet leaves it, except for the bit
 * `handedBack` of `state`.
 */
export const REGISTER = {
  /**
   * The number of the port of the Pod that receives the packet, with the bit `RECEIVER`, if what is done to its packets is
   * counted for it: see table PodCount.
   */
  receiver: "reg2",
  /** Id of the counter for what is done to the packet next: see table Count. */
  counter: "reg7",
  /** The bits of `STATE`. */
  state: "reg15",
  /** Id of the sender's treatment; 0 if it has none. */
  egress: "reg14",
  /** Id of the receiver's treatment; 0 if it has none. */
  ingress: "reg13",
  /** Number of the port by which the packet came in before it went to a pair. */
  original: "reg12",
  /** Number of the port that gets the next copy. */
  copy: "reg11",
  /**
   * The VLAN tag that was removed before the packet went to a pair, and later the VLAN of a packet that the bridge sends to
   * many ports: the bits of `TAG`.
   */
  tag: "reg10",
  /** The choice that is to be made for the packet: the bits of `CHOICE`. 0 everywhere but in table Balance. */
  choice: "reg9",
  /** The number of the port that was chosen; `NO_PORT` if there was none. */
  chosen: "reg8",
  /** The filter that table Filter is asked about, and then the leg that table Leg is asked about. 0 asks for the best leg. */
  asked: "reg6",
  /** The best leg so far. It and the next two are 0 everywhere but while copies to one port are compared. */
  leg: "reg5",
  /** How good that leg is, if it has no cap. */
  best: "reg4",
  /** The same of the best leg with a cap. It counts as long as there is none without a cap. */
  bestCapped: "reg3",
} as const;

/** The bit of `REGISTER.receiver` that every number in it has. */
export const RECEIVER = 0x10000n;

/** Bits of `REGISTER.choice`. */
export const CHOICE = {
  number: 0xffffn,
  /** It is made. */
  made: 0x10000n,
  /** The packet must lose its VLAN tag if a port was chosen. */
  untag: 0x20000n,
  /** The packet's ports do not count, as fragments of it may have none. */
  byAddresses: 0x40000n,
  /** It is asked for the sender's redirect: see table Gate. */
  ofSender: 0x80000n,
  /** It is asked for the receivers' redirect of a packet that is split. */
  ofFlood: 0x100000n,
  /** It is no choice: the packets that a filter takes are dropped. */
  ofDrop: 0x200000n,
  /** It is no choice: a packet that a filter takes is back from the sender's pair, and is to be split. */
  ofSplit: 0x400000n,
  /** The hop is part of a chain: a packet that its rules leave alone goes on as if it had come back from the hop. */
  ofChain: 0x800000n,
  /** It is no choice: it is asked whether a packet that is back from a pair was there for the sender or the receiver. */
  ofReturn: 0x1000000n,
} as const;

/**
 * Value and mask of what a choice writes in place of a port's number if no port can get the packet: OFPP_NONE in
 * OpenFlow 1.0.
 */
export const NO_PORT: readonly [bigint, bigint] = [0xffffn, 0xffffn];
/** The bit of `REGISTER.copy` that every number of a copy has. In table Divert, the register may name a pair instead. */
export const COPY = 0x80000n;
/** The bit of `REGISTER.copy` that says that the number is that of a choice. */
export const COPY_BY_CHOICE = 0x10000n;

/** Bits of `REGISTER.state`. */
export const STATE = {
  /** The packet has passed the pipeline, and the bridge's own flows get it. */
  handedBack: 0x80000000n,
  /** The source MAC may belong to another port than the one by which the packet came in. */
  unverified: 0x40000000n,
  /** The receiver's port removes the VLAN tag, so the sensor must get the packet without the tag, too. */
  untag: 0x20000000n,
  /** The port by which the packet came in does not carry its VLAN tag: NORMAL drops such a packet. */
  foreignTag: 0x04000000n,
  /** It is known whether the port carries the packet's VLAN tag. */
  tagChecked: 0x02000000n,
  /** The packet is to be split: a copy for each pair, and the rest for the other receivers. */
  split: 0x08000000n,
  /** The filter that was asked last says yes. */
  hit: 0x01000000n,
  /** The rules of the sender's redirect or drop leave the packet alone; and those of the receiver's drop. */
  senderPassed: 0x00800000n,
  receiverPassed: 0x00400000n,
  /** It is ARP or IPv6 neighbour discovery: it is only copied. */
  nonIP: 0x00200000n,
  /** It is a packet of a tunnel that gets copies, so it is not copied. */
  ownCopy: 0x10000000n,
  /** The packet is on its way through the sender's chain: in place of `lastPair` it may have passed over that pair. */
  inSenderChain: 0x00010000n,
  /** It is on its way through the receiver's chain, and the sender's is behind it. */
  inReceiverChain: 0x00020000n,
  /** It has been in the pair that is asked for as the sender's: see table Passed. */
  beenThere: 0x00040000n,
  /** The pair from which the packet came back last: the number of its return port. 0 if it has been in no pair. */
  lastPair: 0xffffn,
} as const;

/**
 * Bits of `REGISTER.tag`: a VLAN id, and a bit that says that a tag was removed. They are as in the field `vlan_vid`.
 */
export const TAG = { present: 0x1000n, firstBit: 0, lastBit: 11, presentBit: 12 } as const;

/** Bytes of a VLAN tag. */
export const TAG_LENGTH = 4;

/**
 * The bit of `REGISTER.copy` that says that the sender's copies to that port are being compared: the receiver's are only
 * asked for, and not sent.
 */
export const COPY_ASKED = 0x20000n;

/** The bit of `REGISTER.copy` that says that it is a copy of ARP or IPv6 neighbour discovery. */
export const COPY_NON_IP = 0x40000n;

/** Value and mask of the state register of a packet that is not handed back yet. */
export const NEVER_HANDED_BACK: readonly [bigint, bigint] = [0n, STATE.handedBack];

/** Value and mask of the state register of a packet that has been in no pair yet. */
export const FIRST_TIME: readonly [bigint, bigint] = [0n, STATE.lastPair];

/** The value of `REGISTER.tag` for packets of a VLAN that no receiver of a flood, or no port, names. */
export const OTHER_VLAN = 0x1fffn;

/** Value and mask of `vlan_vid` of a packet without a VLAN tag. */
export const NO_TAG: readonly [bigint, bigint] = [0n, TAG.present];

/** Value and mask of a destination MAC: the bit that all multicast and broadcast addresses have. */
export const MULTICAST: readonly [string, string] = ["01:00:00:00:00:00", "01:00:00:00:00:00"];

/**
 * The switch forgets what it has learned about a sender when that has been idle for `idleTimeout` seconds. It remembers
 * at most `limit` ports of senders and as many tags. What it learns about a Pod's port it counts for itself, up to
 * `limitOfPod`: so a Pod with many addresses keeps the switch from learning nobody else.
 */
export const LEARNED = {
  idleTimeout: 300,
  limit: LIMITS.learnedSenders,
  limitOfPod: LIMITS.learnedOfPod,
} as const;

/** What counts together towards a limit of learned flows: ports, tags, and what a Pod's port sends, by its number. */
export const SHARE = { ports: 0, tags: 0x10000, ofPod: (ofport: number) => ofport } as const;

/** Bits of the packet mark, one for each of the rows that take turns: no packet comes in with one of them. */
export const UNUSED_MARKS = [0x40000000, 0x20000000] as const;

/**
 * Bits of the packet mark that rows of table Balance read; hardly any program uses them. Rows that replace each other read
 * different ones, so that the switch forgets what it did to packets before.
 */
export const READ_MARKS = { turns: [26, 27], passes: 28 } as const;

/** Ethernet types and protocol numbers (IANA). */
export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100 } as const;
export const IP_PROTOCOL = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  /** Open vSwitch shows it for later fragments of IPv6, which do not show what they carry: ovs-fields(7), `nw_proto`. */
  fragment: 44,
  icmpv6: 58,
  sctp: 132,
} as const;
/** Value and mask of `ip_frag` of a fragment: ovs-fields(7). */
export const FRAGMENT: readonly [bigint, bigint] = [1n, 1n];
/** The value of a packet that is no fragment, and value and mask of a fragment that is not the first one. */
export const NO_FRAGMENT = 0n;
export const LATER_FRAGMENT: readonly [bigint, bigint] = [3n, 3n];
/** Value and mask of `tcp_flags` of a packet that starts a connection: SYN is set and ACK is not, RFC 9293 section 3.1. */
export const CONNECTION_START: readonly [bigint, bigint] = [0x002n, 0x012n];
/** Type of the message "destination unreachable": RFC 792, RFC 4443 section 3.1. */
export const UNREACHABLE = { icmp: 3, icmpv6: 1 } as const;
/** ICMPv6 types of router and neighbour solicitations and advertisements, and of redirects: RFC 4861 section 4. */
export const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137] as const;
export const NEIGHBOUR_SOLICITATION = 135;
