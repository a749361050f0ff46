/**
 * Regular expressions for IP addresses as RFC 3986 spells them, written so that RE2 can read them.
 * They replace the API server's own formats, which accept further spellings. @module
 */

const BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const IPV4 = `(${BYTE}\\.){3}${BYTE}`;

const GROUP = "[0-9a-fA-F]{1,4}";
/** The last 32 bits of an IPv6 address: two groups, or an IPv4 address. */
const LAST = `(${GROUP}:${GROUP}|${IPV4})`;
/** The groups before `::`: none, or up to `most` + 1. */
const before = (most: number) => `((${GROUP}:){0,${most}}${GROUP})?`;
/** What can stand before the last 32 bits: the first seven lines of `IPv6address` in RFC 3986 section 3.2.2. */
const FIRST = [
  `(${GROUP}:){6}`,
  `::(${GROUP}:){5}`,
  ...[0, 1, 2, 3, 4].map((most) => `${before(most)}::(${GROUP}:){${4 - most}}`),
].join("|");
const IPV6 = `(${FIRST})${LAST}|${before(5)}::${GROUP}|${before(6)}::`;

/** For each address format of JSON Schema: the name that users read, and the pattern of an address. */
export const ADDRESSES: Readonly<Record<string, { name: string; pattern: string }>> = {
  ipv4: { name: "IPv4", pattern: IPV4 },
  ipv6: { name: "IPv6", pattern: IPV6 },
};

/** Length of the longest spelling, in characters: six groups of four digits, and an IPv4 address. */
export const LONGEST_ADDRESS = 45;
