/**
 * What the packets of a rule are like, as products of lists: a packet fits if it has the base and one member of each list.
 * No member of a list restricts nothing, and no field is in two lists: Open vSwitch keeps only one of two wishes about one
 * field, and one of two rows with the same match.
 * @module
 */
import {
  type Cidr,
  maskOf,
  type MatchFields,
  type PacketDirection,
  parseCidr,
  portMasks,
  type PortRange,
  type Rule,
} from "../../core/api.ts";
import {
  CONNECTION_START,
  ETHERTYPE,
  FRAGMENT,
  IP_PROTOCOL,
  LATER_FRAGMENT,
  NO_FRAGMENT,
} from "./_layout.ts";

export type Fields = MatchFields;

export interface Product {
  readonly base: Fields;
  readonly lists: readonly (readonly Fields[])[];
}

/** Names of fields that a rule looks at. */
export const HEADERS = { family: "eth_type", protocol: "ip_proto", fragment: "ip_frag" } as const;
const { family: FAMILY, protocol: PROTOCOL, fragment: FRAGMENTS } = HEADERS;

/** The ends of a packet, as the names of fields have them. */
type End = "src" | "dst";
/** The end of a packet that is the Pod, and the one that is its peer. */
const ENDS: Readonly<Record<PacketDirection, { readonly pod: End; readonly peer: End }>> = {
  egress: { pod: "src", peer: "dst" },
  ingress: { pod: "dst", peer: "src" },
};

/** What differs between IPv4 and IPv6. */
const FAMILIES = [
  { family: 4, type: ETHERTYPE.ipv4, address: "ip", icmp: IP_PROTOCOL.icmp },
  { family: 6, type: ETHERTYPE.ipv6, address: "ipv6", icmp: IP_PROTOCOL.icmpv6 },
] as const;
type Family = typeof FAMILIES[number];

/** The word by which the names of fields call a protocol that has ports. */
const WITH_PORTS = new Map<Rule["protocol"], string>([
  [IP_PROTOCOL.tcp, "tcp"],
  [IP_PROTOCOL.udp, "udp"],
  [IP_PROTOCOL.sctp, "sctp"],
]);

/** The packets of a rule. No packet fits two of the products. */
export function products(rule: Rule, direction: PacketDirection): Product[] {
  const { protocol, peers } = rule;
  if (protocol === undefined && peers === undefined) return [{ base: {}, lists: [] }];
  const blocks = peers?.map((text) => parseCidr(text)!);
  return FAMILIES.flatMap((family) => {
    const addresses = addressesOf(blocks, family, ENDS[direction].peer);
    if (addresses === "none") return [];
    const base = { [FAMILY]: family.type };
    return headers(rule, family, direction).map((lists) => ({
      base,
      lists: [...(addresses === "all" ? [] : [addresses]), ...lists],
    }));
  });
}

/** The matches of a family's peers: `all` if none of its packets has another peer, `none` if all of them do. */
function addressesOf(
  blocks: readonly Cidr[] | undefined,
  { family, address }: Family,
  end: End,
): Fields[] | "all" | "none" {
  const own = blocks?.filter((block) => block.family === family);
  if (own === undefined || own.some(({ length }) => length === 0)) return "all";
  if (own.length === 0) return "none";
  return own.map((block) => ({ [`${address}_${end}`]: [block.value, maskOf(block)] }));
}

/** For each product: the lists of what the headers behind the addresses must be like. */
function headers(rule: Rule, family: Family, direction: PacketDirection): Fields[][][] {
  const { protocol, action, tcpFlags } = rule;
  if (protocol === undefined) return [[]];
  const is = { [PROTOCOL]: protocol === "ICMP" ? family.icmp : protocol };
  const whole = {
    ...is,
    [FRAGMENTS]: NO_FRAGMENT,
    ...(tcpFlags && { tcp_flags: CONNECTION_START }),
  };
  const lists = portLists(rule, direction);
  const looksInside = lists.length > 0 || tcpFlags !== undefined;
  const hidden = hiddenFragments(is, family);
  if (action === "Skip") return [[[looksInside || hidden.length > 0 ? whole : is], ...lists]];
  if (!looksInside) return [[[is, ...hidden]]];
  const fragments = [{ ...is, [FRAGMENTS]: FRAGMENT }, ...hidden];
  if (lists.length > 1) return [[[whole], ...lists], [fragments]];
  const [members = [{}]] = lists;
  return [[[...members.map((each) => ({ ...whole, ...each })), ...fragments]]];
}

/** Later fragments of IPv6, of which nobody knows the protocol. A rule about the number they have matches them already. */
function hiddenFragments({ [PROTOCOL]: protocol }: Fields, { family }: Family): Fields[] {
  if (family === 4 || protocol === IP_PROTOCOL.fragment) return [];
  return [{ [PROTOCOL]: IP_PROTOCOL.fragment, [FRAGMENTS]: LATER_FRAGMENT }];
}

/** The lists of ports of a rule. */
function portLists(rule: Rule, direction: PacketDirection): Fields[][] {
  const { podPorts, peerPorts, ports, protocol } = rule;
  const name = WITH_PORTS.get(protocol);
  const { pod, peer } = ENDS[direction];
  const at = (end: End, ranges: readonly PortRange[]): Fields[] =>
    ranges.flatMap(([first, last]) => portMasks(first, last))
      .map((mask) => ({ [`${name}_${end}`]: mask }));
  return [
    ...(podPorts ? [at(pod, podPorts)] : []),
    ...(peerPorts ? [at(peer, peerPorts)] : []),
    ...(ports ? [[...at("src", ports), ...at("dst", ports)]] : []),
  ];
}
