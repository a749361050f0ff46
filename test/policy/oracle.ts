/**
 * Which packets mirrors with `rules` and `truncateBytes` copy, and how much of each. It is written from what the fields
 * mean, not from the flows, so that a test can compare both.
 *
 * Fragments are where a switch cannot do what the fields say, as only the first one has ports and flags:
 *
 * - A rule with ports or flags and the action Include matches all fragments of its protocol and its peers, so that a
 *   datagram stays whole. One with the action Skip matches no fragment.
 * - A later fragment of IPv6 does not even show its protocol. A rule with a protocol and the action Include matches all
 *   of its peers; one with the action Skip matches none, nor the first one of the same datagram. Those of IPv4 show it.
 *
 * @module
 */
import ipaddr from "ipaddr.js";

export interface IPBlock {
  readonly cidr: string;
  readonly except?: readonly string[];
}

export interface PortRange {
  readonly port: number;
  readonly endPort?: number;
}

/** One of `spec.rules`. It matches if all that it names does. */
export interface Rule {
  readonly action: "Include" | "Skip";
  /** A name, or a number from 0 to 255. `ICMP` stands for ICMPv6, too. */
  readonly protocol?: string | number;
  /** A TCP segment with SYN and without ACK. */
  readonly tcpFlags?: "SYN";
  /** The other end, seen from the Pod. */
  readonly peers?: readonly { readonly ipBlock: IPBlock }[];
  /** The other end's port. */
  readonly peerPorts?: readonly PortRange[];
  /** The Pod's own port. */
  readonly podPorts?: readonly PortRange[];
  /** The port of either end. */
  readonly ports?: readonly PortRange[];
}

/** A TrafficControl with the action Mirror, as far as the oracle reads it. */
export interface Mirror {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly appliedTo: {
      readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    };
    readonly direction: "Egress" | "Ingress" | "Both";
    readonly targetPort: { readonly ovsInternal: { readonly name: string } };
    readonly rules?: readonly Rule[];
    readonly truncateBytes?: number;
  };
}

/** A selected or unselected Pod of the node. Its name is that of its port, too. */
export interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mac: string;
  readonly ips: readonly string[];
}

export interface World {
  readonly pods: readonly Pod[];
  readonly mirrors: readonly Mirror[];
}

/** Where a packet goes that all other Pods and hosts receive. */
export const EVERYONE = "everyone";

export interface Packet {
  /** The Pod that sends it. Any other name is a host that is no Pod. */
  readonly from: string;
  /** The Pod or host that receives it, or `EVERYONE`. */
  readonly to: string;
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Number of the protocol, also in a fragment. */
  readonly protocol: number;
  /** The ports of its datagram, also in a later fragment, which does not show them. */
  readonly ports?: { readonly from: number; readonly to: number };
  /** The flags of a TCP segment. */
  readonly flags?: number;
  readonly fragment?: "first" | "later";
  /** Bytes of the Ethernet frame. */
  readonly length: number;
}

export const PROTOCOLS = { ICMP: 1, TCP: 6, UDP: 17, GRE: 47, ICMPV6: 58, SCTP: 132 } as const;
const WITH_PORTS: readonly number[] = [PROTOCOLS.TCP, PROTOCOLS.UDP, PROTOCOLS.SCTP];
export const [SYN, ACK] = [0x02, 0x10];

type Way = "egress" | "ingress";
const ONLY = { egress: "Egress", ingress: "Ingress" } as const;

/** A packet as one of its ends sees it. */
interface View {
  readonly packet: Packet;
  readonly peer: string;
  readonly podPort: number | undefined;
  readonly peerPort: number | undefined;
}

function viewOf(packet: Packet, way: Way): View {
  const { source, destination, ports } = packet;
  return way === "egress"
    ? { packet, peer: destination, podPort: ports?.from, peerPort: ports?.to }
    : { packet, peer: source, podPort: ports?.to, peerPort: ports?.from };
}

const addresses = new Map<string, ReturnType<typeof ipaddr.parse>>();
function parsed(address: string) {
  const known = addresses.get(address) ?? ipaddr.parse(address);
  addresses.set(address, known);
  return known;
}

/** Whether an address is in a CIDR. It is in none of the other version of IP. */
export function contains(cidr: string, address: string): boolean {
  const [network, length] = cidr.split("/") as [string, string];
  const [one, other] = [parsed(address), parsed(network)];
  return one.kind() === other.kind() && one.match(other, Number(length));
}

const isIn = ({ cidr, except = [] }: IPBlock, address: string) =>
  contains(cidr, address) && !except.some((each) => contains(each, address));

function numberOf(protocol: string | number, version: 4 | 6): number {
  if (typeof protocol === "number") return protocol;
  if (protocol === "ICMP") return version === 4 ? PROTOCOLS.ICMP : PROTOCOLS.ICMPV6;
  return PROTOCOLS[protocol as keyof typeof PROTOCOLS];
}

function fitsProtocol(rule: Rule, { version, protocol, fragment }: Packet): boolean {
  const wanted = rule.protocol ?? (rule.tcpFlags && "TCP");
  const looksAtPorts = rule.ports ?? rule.podPorts ?? rule.peerPorts;
  if (wanted === undefined && !looksAtPorts) return true;
  if (version === 6 && fragment === "later") return rule.action === "Include";
  if (version === 6 && fragment === "first" && rule.action === "Skip") return false;
  return wanted === undefined
    ? WITH_PORTS.includes(protocol)
    : numberOf(wanted, version) === protocol;
}

function fitsPorts(
  ranges: readonly PortRange[] | undefined,
  ports: readonly (number | undefined)[],
) {
  return !ranges || ports.some((each) =>
    each !== undefined &&
    ranges.some(({ port, endPort = port }) => port <= each && each <= endPort)
  );
}

function fitsTransport(rule: Rule, { packet, podPort, peerPort }: View): boolean {
  const { ports, podPorts, peerPorts, tcpFlags } = rule;
  if (!ports && !podPorts && !peerPorts && !tcpFlags) return true;
  if (packet.fragment) return rule.action === "Include";
  return fitsPorts(ports, [podPort, peerPort]) && fitsPorts(podPorts, [podPort]) &&
    fitsPorts(peerPorts, [peerPort]) &&
    (!tcpFlags || ((packet.flags ?? 0) & (SYN | ACK)) === SYN);
}

/** Whether a rule matches a packet that a Pod sends (`egress`) or receives. */
export function matches(rule: Rule, packet: Packet, way: Way): boolean {
  const view = viewOf(packet, way);
  return fitsProtocol(rule, packet) && fitsTransport(rule, view) &&
    (!rule.peers || rule.peers.some(({ ipBlock }) => isIn(ipBlock, view.peer)));
}

/** Whether rules take a packet: the first that matches decides; if none does, it is taken if no rule includes. */
export function isTaken(rules: readonly Rule[], packet: Packet, way: Way): boolean {
  const first = rules.find((rule) => matches(rule, packet, way));
  return first ? first.action === "Include" : !rules.some(({ action }) => action === "Include");
}

function selects({ spec }: Mirror, pod: Pod): boolean {
  const wanted = Object.entries(spec.appliedTo.podSelector.matchLabels);
  return wanted.every(([key, value]) => pod.labels[key] === value);
}

/** The Pods that send or receive a packet, and how it looks to them. */
function endsOf({ from, to }: Packet, pods: readonly Pod[]): (readonly [Pod, Way])[] {
  return pods.flatMap((pod): (readonly [Pod, Way])[] => {
    if (pod.name === from) return [[pod, "egress"]];
    return to === EVERYONE || pod.name === to ? [[pod, "ingress"]] : [];
  });
}

/**
 * The copies that must be made of a packet: the bytes of the one that each target gets, if it gets one. Of several
 * TrafficControls with one target, of the sender and of the receivers, that counts which copies most of the packet.
 */
export function copiesOf(packet: Packet, { pods, mirrors }: World): Map<string, number> {
  const copies = new Map<string, number>();
  for (const [pod, way] of endsOf(packet, pods)) {
    for (const mirror of mirrors) {
      const { direction, targetPort, rules = [], truncateBytes = Infinity } = mirror.spec;
      const isAsked = direction === "Both" || direction === ONLY[way];
      if (!isAsked || !selects(mirror, pod) || !isTaken(rules, packet, way)) continue;
      const target = targetPort.ovsInternal.name;
      const length = Math.min(packet.length, truncateBytes);
      copies.set(target, Math.max(length, copies.get(target) ?? 0));
    }
  }
  return copies;
}
