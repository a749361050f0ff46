/** Field values to and from text: ovs-fields(7), "Formatting". @module */
import ipaddr from "ipaddr.js";
import { ones } from "./binary.ts";
import type { FieldFormat, FieldSpec, FieldValue } from "./field_types.ts";
import { formatPort, fromShortPort, parsePort, toShortPort } from "./ports.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const ETHERNET_BYTES = 6;
const SHORT_PORT_BITS = 16;

/** The names of the bits of `ct_state`, from the lowest: ovs-fields(7). */
const CT_STATES = ["new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"];
/** The names of the bits of `tcp_flags`, from the lowest: RFC 793, RFC 3168, RFC 3540. */
const TCP_FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns"];
const FRAGMENT_MASK = 3n;
const TUNNEL_FLAGS = ["oam"];
/** The words for values of `ip_frag`: ovs-fields(7). */
const FRAGMENTS: Readonly<Record<string, readonly [value: bigint, mask: bigint]>> = {
  no: [0n, 3n],
  yes: [1n, 1n],
  first: [1n, 3n],
  later: [3n, 3n],
  not_later: [0n, 2n],
};

type Values = {
  readonly parse: (text: string) => bigint;
  readonly format: (value: bigint) => string;
};

function parseInteger(text: string): bigint {
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) {
    throw new TypeError(`Cannot use number "${text}": neither decimal nor hexadecimal with 0x`);
  }
  return BigInt(text);
}

function fromBytes(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toBytes(value: bigint, count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => Number((value >> BigInt(8 * (count - 1 - i))) & 0xffn),
  );
}

/** As `formatValue` writes it, in which almost all are given. */
const ETHERNET = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

function parseEthernet(text: string): bigint {
  if (ETHERNET.test(text)) return BigInt(`0x${text.replaceAll(":", "")}`);
  const parts = text.split(":");
  if (parts.length !== ETHERNET_BYTES || !parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) {
    return parseInteger(text);
  }
  return fromBytes(parts.map((part) => parseInt(part, 16)));
}

const IPV4 = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

function parseIPv4(text: string): bigint {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  if (!bytes?.every((byte) => byte <= 0xff)) return parseInteger(text);
  return BigInt(bytes.reduce((value, byte) => value * 0x100 + byte, 0));
}

function parseIPv6(text: string): bigint {
  if (!text.includes(":")) return parseInteger(text);
  if (!ipaddr.IPv6.isValid(text) || text.includes("%")) {
    throw new TypeError(`Cannot use address "${text}": not IPv6`);
  }
  return fromBytes(ipaddr.IPv6.parse(text).toByteArray());
}

const hex = (value: bigint) => value === 0n ? "0" : `0x${value.toString(16)}`;
const parseMac: Values = {
  parse: parseEthernet,
  format: (value) =>
    toBytes(value, ETHERNET_BYTES).map((byte) => byte.toString(16).padStart(2, "0")).join(":"),
};
const number: Values = { parse: parseInteger, format: String };
const hexNumber: Values = { parse: parseInteger, format: hex };

function parsePacketType(text: string): bigint {
  const groups = /^\((?<space>\w+),(?<type>\w+)\)$/.exec(text)?.groups;
  if (!groups) return parseInteger(text);
  return (parseInteger(groups.space!) << 16n) | parseInteger(groups.type!);
}

const VALUES: Readonly<Record<FieldFormat, Values>> = {
  decimal: number,
  hexadecimal: hexNumber,
  fragment: number,
  ct_state: hexNumber,
  tcp_flags: hexNumber,
  tunnel_flags: hexNumber,
  ethernet: parseMac,
  ipv4: { parse: parseIPv4, format: (value) => toBytes(value, IPV4_BYTES).join(".") },
  ipv6: {
    parse: parseIPv6,
    format: (value) => new ipaddr.IPv6(toBytes(value, IPV6_BYTES)).toRFC5952String(),
  },
  port: { parse: (text) => BigInt(parsePort(text)), format: (value) => formatPort(Number(value)) },
  packet_type: {
    parse: parsePacketType,
    format: (value) => `(${value >> 16n},${hex(value & 0xffffn)})`,
  },
};

const FLAG_NAMES: Partial<Readonly<Record<FieldFormat, readonly string[]>>> = {
  ct_state: CT_STATES,
  tcp_flags: TCP_FLAGS,
  tunnel_flags: TUNNEL_FLAGS,
};

/** `+new-est`: flags that must be set, and flags that must not. The other flags do not count. */
function parseFlags(text: string, names: readonly string[]): FieldValue | undefined {
  if (!/^([+-][a-z]+)+$/.test(text)) return undefined;
  let [value, mask] = [0n, 0n];
  for (const [, sign, name] of text.matchAll(/([+-])([a-z]+)/g)) {
    const bit = names.indexOf(name!);
    if (bit < 0) throw new TypeError(`Cannot use flag "${name}": the field has no such flag`);
    mask |= 1n << BigInt(bit);
    if (sign === "+") value |= 1n << BigInt(bit);
  }
  return { value, mask };
}

/** `syn|ack`: these flags must be set, and all others must not. */
function parseFlagList(text: string, names: readonly string[]): FieldValue | undefined {
  const bits = text.split("|").map((name) => names.indexOf(name));
  if (bits.includes(-1)) return undefined;
  return { value: bits.reduce((value, bit) => value | (1n << BigInt(bit)), 0n) };
}

/** The network mask of that length in a field of that width. */
function prefix(length: number, width: number): bigint {
  if (length > width) throw new TypeError(`Cannot use prefix "${length}": not in 0..${width}`);
  return ones(width) ^ ones(width - length);
}

function parseMask(text: string, spec: FieldSpec): bigint {
  const address = spec.format === "ipv4" || spec.format === "ipv6";
  if (address && /^\d{1,3}$/.test(text)) return prefix(Number(text), spec.width);
  return VALUES[spec.format].parse(text);
}

/** Whether the field holds a port in 16 bits, where reserved ports have other numbers. */
function isShortPort({ format, width }: FieldSpec): boolean {
  return format === "port" && width === SHORT_PORT_BITS;
}

function parseScalar(text: string, spec: FieldSpec): bigint {
  const value = VALUES[spec.format].parse(text);
  return isShortPort(spec) ? BigInt(toShortPort(Number(value))) : value;
}

function parseParts(text: string, spec: FieldSpec): FieldValue {
  const fragment = spec.format === "fragment" && Object.hasOwn(FRAGMENTS, text);
  if (fragment) return { value: FRAGMENTS[text]![0], mask: FRAGMENTS[text]![1] };
  const names = FLAG_NAMES[spec.format];
  const flags = names && (parseFlags(text, names) ?? parseFlagList(text, names));
  if (flags) return flags;
  const slash = text.indexOf("/");
  if (slash < 0) return { value: parseScalar(text, spec) };
  return {
    value: parseScalar(text.slice(0, slash), spec),
    mask: parseMask(text.slice(slash + 1), spec),
  };
}

/**
 * A value of a field from text, with its mask if it has one, as ovs-ofctl takes it.
 *
 * @throws {TypeError} If the field has no such value.
 */
export function parseValue(text: string, spec: FieldSpec): FieldValue {
  try {
    const { value, mask } = parseParts(text, spec);
    if ((value | (mask ?? 0n)) > ones(spec.width)) {
      throw new TypeError(`Cannot hold "${text}": the field has only ${spec.width} bits`);
    }
    return mask === undefined || mask === ones(spec.width) ? { value } : { value, mask };
  } catch (cause) {
    const { message } = cause as Error;
    throw new TypeError(`Cannot use value "${text}" of field "${spec.name}": ${message}`, {
      cause,
    });
  }
}

/** The length of a network mask; nothing if the mask is not a network mask. */
function prefixLength(mask: bigint, width: number): number | undefined {
  const length = mask.toString(2).replace(/0+$/, "").length;
  return mask === prefix(length, width) ? length : undefined;
}

/** `+trk-new`; nothing if a bit that counts has no name. */
function formatFlags({ value, mask }: FieldValue, names: readonly string[]): string | undefined {
  if (mask === undefined || mask >> BigInt(names.length) !== 0n) return undefined;
  const signed = names.map((name, index) => {
    const bit = 1n << BigInt(index);
    if ((mask & bit) === 0n) return "";
    return `${value & bit ? "+" : "-"}${name}`;
  });
  return signed.join("");
}

function formatFragment({ value, mask = FRAGMENT_MASK }: FieldValue): string | undefined {
  const found = Object.entries(FRAGMENTS).find(([, [bits, counting]]) =>
    bits === value && counting === mask
  );
  return found?.[0];
}

function formatMasked(value: bigint, mask: bigint, spec: FieldSpec): string {
  if (spec.format === "ipv4" || spec.format === "ipv6") {
    const length = prefixLength(mask, spec.width);
    if (length !== undefined) return `${VALUES[spec.format].format(value)}/${length}`;
  }
  const { format } = spec.format === "decimal" ? hexNumber : VALUES[spec.format];
  return `${format(value)}/${format(mask)}`;
}

/** A value of a field, with its mask if it has one, as ovs-ofctl prints it. */
export function formatValue(given: FieldValue, spec: FieldSpec): string {
  const { value, mask } = given;
  if (isShortPort(spec)) return formatPort(fromShortPort(Number(value)));
  const names = FLAG_NAMES[spec.format];
  const words = names
    ? formatFlags(given, names)
    : spec.format === "fragment" && formatFragment(given);
  if (words) return words;
  return mask === undefined ? VALUES[spec.format].format(value) : formatMasked(value, mask, spec);
}
