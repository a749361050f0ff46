/** Matches to and from the text of ovs-ofctl: ovs-fields(7). @module */
import type { FieldValue, Match } from "../fields/field_types.ts";
import { fieldNamed, FIELDS, findField } from "../fields/fields.ts";
import {
  addToMatch,
  canonicalMatch,
  matchSpec,
  meets,
  protocolOf,
  VLAN_PRESENT,
} from "../fields/match.ts";
import { PREREQUISITES, PROTOCOLS } from "../fields/protocols.ts";
import { formatValue, parseValue } from "../fields/values.ts";
import { parseNumber, splitPair } from "./tokens.ts";

const NO_VLAN = 0xffff;
const [LARGEST_VLAN, LARGEST_PCP] = [0xfff, 7];
const DSCP_SHIFT = 2n;

/** The names that ovs-ofctl prints instead of the canonical ones. Several fields have the same name there. */
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

/** The names of fields in a match of ARP, which stand for other fields elsewhere. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  arp_op: "nw_proto",
  arp_spa: "nw_src",
  arp_tpa: "nw_dst",
};

/** The fields that have the same name in text, by that name. */
const CANDIDATES = Map.groupBy(
  Object.entries({ ...TEXT_NAMES, ...OTHER_NAMES }),
  ([, text]) => text,
);

/**
 * The canonical name of a field whose name in text depends on the protocol: `tp_dst` is `tcp_dst` in a match of TCP.
 */
export function nameInContext(name: string, match: Match): string {
  const candidates = CANDIDATES.get(name) ?? [];
  const fits = ([candidate]: readonly [string, string]) =>
    fieldNamed(candidate).needs.some((need) => meets(match, PREREQUISITES[need]));
  return candidates.find(fits)?.[0] ?? name;
}

type Entry = (match: Record<string, FieldValue>, value: string) => void;

/** Older names that stand for a part of a field. */
const SPECIAL_ENTRIES: Readonly<Record<string, Entry>> = {
  dl_vlan: (match, text) => {
    const isNone = parseNumber(text) === NO_VLAN;
    match.vlan_vid = {
      value: isNone ? 0n : BigInt(parseNumber(text, LARGEST_VLAN)) | VLAN_PRESENT,
    };
  },
  dl_vlan_pcp: (match, text) => {
    match.vlan_pcp = { value: BigInt(parseNumber(text, LARGEST_PCP)) };
    match.vlan_vid ??= { value: VLAN_PRESENT, mask: VLAN_PRESENT };
  },
};

function addEntry(match: Record<string, FieldValue>, word: string): void {
  const [key, text = ""] = splitPair(word);
  if (Object.hasOwn(SPECIAL_ENTRIES, key)) return SPECIAL_ENTRIES[key]!(match, text);
  const { name } = fieldNamed(nameInContext(key, match));
  const value = parseValue(text, matchSpec(name));
  if (FIRST.includes(name)) assertAgrees(match[name], value, word);
  addToMatch(match, name, value);
}

/** The fields that decide what other names mean. They are read first, wherever they stand. */
const FIRST = ["eth_type", "ip_proto"];

/** ovs-ofctl takes the last of several protocols, and the others' fields then mean something else. */
function assertAgrees(before: FieldValue | undefined, value: FieldValue, word: string): void {
  if (!before || before.value === value.value) return;
  throw new TypeError(`Cannot use "${word}": the match has another protocol already`);
}

function rankOf(word: string): number {
  const name = findField(splitPair(word)[0])?.name;
  const index = FIRST.indexOf(name ?? "");
  return index < 0 ? FIRST.length : index;
}

function isProtocol(word: string): word is keyof typeof PROTOCOLS {
  return Object.hasOwn(PROTOCOLS, word);
}

/**
 * Builds a match from words such as `tcp` and `tp_dst=80`.
 *
 * @throws {TypeError} If a word names no field, or has a value that the field cannot have.
 */
export function parseMatch(words: readonly string[]): Match {
  const match: Record<string, FieldValue> = {};
  for (const word of words.filter(isProtocol)) {
    for (const [name, value] of Object.entries(PROTOCOLS[word])) {
      assertAgrees(match[name], { value }, word);
      match[name] = { value };
    }
  }
  const entries = words.filter((word) => !isProtocol(word));
  for (const word of entries.toSorted((a, b) => rankOf(a) - rankOf(b))) addEntry(match, word);
  for (const name of Object.keys(match)) assertSuits(match, name);
  return canonicalMatch(match);
}

/** @throws {TypeError} If the field is one of another protocol than the match asks for, as `tcp_src` beside `udp`. */
function assertSuits(match: Match, name: string): void {
  const { needs } = fieldNamed(name);
  const isOpen = ([field, value]: [string, bigint]) =>
    !FIRST.includes(field) || (match[field]?.value ?? value) === value;
  const suits = needs.some((need) => Object.entries(PREREQUISITES[need]).every(isOpen));
  if (needs.length > 0 && !suits) {
    throw new TypeError(`Cannot use field "${name}": the match has another protocol`);
  }
}

/** The order in which ovs-ofctl prints fields. All other fields come after these, as the table has them. */
const TEXT_ORDER = [
  /^pkt_mark|^recirc|^dp_hash|^conj|^act/,
  /^ct_/,
  /^packet/,
  /^reg/,
  /^tun/,
  /^meta/,
  /^in_p/,
];
/** So many of these stand before the word of the protocol. */
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

function coveredBy(word: keyof typeof PROTOCOLS | undefined, name: string): boolean {
  return word !== undefined && Object.hasOwn(PROTOCOLS[word], name);
}

/** A match as words such as `tcp` and `tp_dst=80`, in the order in which ovs-ofctl prints them. */
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
