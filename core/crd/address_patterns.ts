/** Addresses as RFC 3986 spells them, in regular expressions that RE2 reads: the API server's formats read others, too. @module */

const BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const IPV4 = `(${BYTE}\\.){3}${BYTE}`;

const GROUP = "[0-9a-fA-F]{1,4}";
/** The last 32 bits: two groups, or an IPv4 address. */
const LAST = `(${GROUP}:${GROUP}|${IPV4})`;
/** Up to so many groups and one, before `::`. */
const before = (most: number) => `((${GROUP}:){0,${most}}${GROUP})?`;
/** What comes before them: `IPv6address` of RFC 3986 section 3.2.2, in its order. */
const FIRST = [
  `(${GROUP}:){6}`,
  `::(${GROUP}:){5}`,
  ...[0, 1, 2, 3, 4].map((most) => `${before(most)}::(${GROUP}:){${4 - most}}`),
].join("|");
const IPV6 = `(${FIRST})${LAST}|${before(5)}::${GROUP}|${before(6)}::`;

/** By the formats of JSON Schema: what people call them, and how they look. */
export const ADDRESSES: Readonly<Record<string, { name: string; pattern: string }>> = {
  ipv4: { name: "IPv4", pattern: IPV4 },
  ipv6: { name: "IPv6", pattern: IPV6 },
};

/** Characters of the longest spelling: six groups and an IPv4 address. */
export const LONGEST_ADDRESS = 45;
