/** The contract of rules, which say to which packets a copy or a hop is limited. @module */

/** A range of ports with both its ends, 0 to 65535. */
export type PortRange = readonly [first: number, last: number];

/**
 * A rule in its only form: rules that mean the same are equal, and nothing stands in them that restricts nothing. A rule
 * matches a packet if all that it names fits. The first rule that matches decides. If none does, the packet is taken only
 * if there is no rule `Include`. They are values of JSON.
 *
 * Fragments may not show what a rule looks at: the ports and TCP flags of fragments, and the protocol of later fragments
 * of IPv6. Then a rule `Include` takes the fragment, and a rule `Skip` leaves it and the others of its datagram alone.
 */
export interface Rule {
  readonly action: "Include" | "Skip";
  /** The number of a protocol over IP. `ICMP` is 1 over IPv4 and 58 over IPv6. */
  readonly protocol?: number | "ICMP";
  /** Packets that start a TCP connection. `protocol` is 6 then. */
  readonly tcpFlags?: "SYN";
  /** CIDRs of the other end, seen from the Pod. None lies within another. If the list is empty, nothing matches. */
  readonly peers?: readonly string[];
  /** Ports of the Pod, in order and without overlaps. `protocol` is TCP, UDP or SCTP if a rule names ports. */
  readonly podPorts?: readonly PortRange[];
  /** Ports of the other end. */
  readonly peerPorts?: readonly PortRange[];
  /** Ports of either end, in place of the two lists before. */
  readonly ports?: readonly PortRange[];
}
