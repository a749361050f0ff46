/** Matches in ovs-ofctl's syntax, both ways: ovs-fields(7). @module */
import { fieldNamed, FIELDS, findField } from "./fields.ts";
import { addToMatch, canonicalMatch, type Match, matchSpec, VLAN_PRESENT } from "./match.ts";
import { type Protocol, protocolOf, PROTOCOLS } from "./protocols.ts";
import { type FieldValue, formatValue, parseValue } from "./values.ts";
import { parseNumber, splitPair } from "./tokens.ts";

const NO_VLAN = 0xffff;
const DSCP_SHIFT = 2n;
const ARP = 0x806n;
const RARP = 0x8035n;
const IPV6 = 0x86ddn;

/** Transports by number, as their fields' names begin. */
const TRANSPORTS: ReadonlyMap<bigint | undefined, string> = new Map([
  [6n, "tcp"],
  [17n, "udp"],
  [132n, "sctp"],
]);

const ARP_NAMES: Readonly<Record<string, string>> = {
  nw_proto: "arp_op",
  ip_proto: "arp_op",
  nw_src: "arp_spa",
  ip_src: "arp_spa",
  nw_dst: "arp_tpa",
  ip_dst: "arp_tpa",
};
const ICMPV6_NAMES: Readonly<Record<string, string>> = {
  icmp_type: "icmpv6_type",
  icmp_code: "icmpv6_code",
};

/** The canonical name of a field whose name depends on the protocol. */
export function nameInContext(name: string, { eth_type, ip_proto }: Partial<Protocol>): string {
  const transport = TRANSPORTS.get(ip_proto);
  if ((name === "tp_src" || name === "tp_dst") && transport) return name.replace("tp", transport);
  if (eth_type === ARP || eth_type === RARP) return ARP_NAMES[name] ?? name;
  return eth_type === IPV6 ? ICMPV6_NAMES[name] ?? name : name;
}

/** The protocol that a match asks for, for names that depend on it. */
export function matchContext(match: Match): Partial<Protocol> {
  const { eth_type, ip_proto } = match;
  return {
    ...(eth_type && { eth_type: eth_type.value }),
    ...(ip_proto && { ip_proto: ip_proto.value }),
  };
}

type Entry = (match: Record<string, FieldValue>, value: string) => void;

/** Names that stand for parts of fields of today. */
const SPECIAL_ENTRIES: Readonly<Record<string, Entry>> = {
  dl_vlan: (match, text) => {
    const number = parseNumber(text);
    match.vlan_vid = { value: number === NO_VLAN ? 0n : BigInt(number) | VLAN_PRESENT };
  },
  dl_vlan_pcp: (match, text) => {
    match.vlan_pcp = { value: BigInt(parseNumber(text)) };
    match.vlan_vid ??= { value: VLAN_PRESENT, mask: VLAN_PRESENT };
  },
};

function addEntry(match: Record<string, FieldValue>, word: string): void {
  const [key, text = ""] = splitPair(word);
  const special = SPECIAL_ENTRIES[key];
  if (special) return special(match, text);
  const { name } = fieldNamed(nameInContext(key, matchContext(match)));
  addToMatch(match, name, parseValue(text, matchSpec(name)));
}

/** Names that others depend on come first, however they are ordered. */
const FIRST = ["eth_type", "ip_proto"];

function rankOf(word: string): number {
  const name = findField(splitPair(word)[0])?.name;
  const index = FIRST.indexOf(name ?? "");
  return index < 0 ? FIRST.length : index;
}

/**
 * Builds a match from words such as `tcp` and `tp_dst=80`.
 *
 * @throws {TypeError} If one is none of a match.
 */
export function parseMatch(words: readonly string[]): Match {
  const match: Record<string, FieldValue> = {};
  const isProtocol = (word: string) => Object.hasOwn(PROTOCOLS, word);
  for (const word of words.filter(isProtocol)) {
    const { eth_type, ip_proto } = PROTOCOLS[word]!;
    match.eth_type = { value: eth_type };
    if (ip_proto !== undefined) match.ip_proto = { value: ip_proto };
  }
  const entries = words.filter((word) => !isProtocol(word));
  for (const word of entries.toSorted((a, b) => rankOf(a) - rankOf(b))) addEntry(match, word);
  return canonicalMatch(match);
}

/** Names that ovs-ofctl prints, where they are not the canonical ones. */
const TEXT_NAMES: Readonly<Record<string, string>> = {
  eth_src: "dl_src",
  eth_dst: "dl_dst",
  eth_type: "dl_type",
  ip_src: "nw_src",
  ip_dst: "nw_dst",
  ip_proto: "nw_proto",
  ip_ecn: "nw_ecn",
  ip_frag: "nw_frag",
  tcp_src: "tp_src",
  tcp_dst: "tp_dst",
  udp_src: "tp_src",
  udp_dst: "tp_dst",
  sctp_src: "tp_src",
  sctp_dst: "tp_dst",
  icmpv6_type: "icmp_type",
  icmpv6_code: "icmp_code",
};

/** How ovs-ofctl orders fields: those before the protocol, registers, tunnel, port; then as the table has them. */
const TEXT_ORDER = [
  /^pkt_mark|^recirc|^dp_hash|^conj|^act/,
  /^ct_/,
  /^packet/,
  /^reg/,
  /^tun/,
  /^meta/,
  /^in_p/,
];
const BEFORE_PROTOCOL = 3;

function textRank(name: string): number {
  const index = TEXT_ORDER.findIndex((pattern) => pattern.test(name));
  return index < 0 ? TEXT_ORDER.length : index;
}

const TEXT_RANKS: ReadonlyMap<string, number> = new Map(
  FIELDS.map(({ name }, index) => [name, textRank(name) * FIELDS.length + index]),
);

function formatVlan({ value, mask }: FieldValue): string {
  if (mask === undefined && value & VLAN_PRESENT) return `dl_vlan=${value & ~VLAN_PRESENT}`;
  const bits = (number: bigint) => `0x${number.toString(16).padStart(4, "0")}`;
  return `vlan_tci=${bits(value)}/${bits(mask ?? 0x1fffn)}`;
}

const FORMATS: Readonly<Record<string, (value: FieldValue) => string>> = {
  vlan_vid: formatVlan,
  vlan_pcp: ({ value }) => `dl_vlan_pcp=${value}`,
  ip_dscp: ({ value }) => `nw_tos=${value << DSCP_SHIFT}`,
};

function formatField(name: string, value: FieldValue): string {
  return FORMATS[name]?.(value) ??
    `${TEXT_NAMES[name] ?? name}=${formatValue(value, matchSpec(name))}`;
}

function coveredBy(word: string | undefined, name: string): boolean {
  const protocol = word === undefined ? undefined : PROTOCOLS[word];
  if (!protocol) return false;
  return name === "eth_type" || (name === "ip_proto" && protocol.ip_proto !== undefined);
}

/** Words of a match, in the order of ovs-ofctl. */
export function formatMatch(match: Match): string[] {
  const canonical = canonicalMatch(match);
  const word = protocolOf(canonical);
  const rank = (name: string) => TEXT_RANKS.get(name) ?? Infinity;
  const names = Object.keys(canonical)
    .filter((name) => !coveredBy(word, name))
    .sort((a, b) => rank(a) - rank(b));
  const format = (name: string) => formatField(name, canonical[name]!);
  const isBefore = (name: string) => textRank(name) < BEFORE_PROTOCOL;
  return [
    ...names.filter(isBefore).map(format),
    ...(word === undefined ? [] : [word]),
    ...names.filter((name) => !isBefore(name)).map(format),
  ];
}
