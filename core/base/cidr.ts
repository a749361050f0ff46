/** Blocks of IP addresses: reading them, and taking some out of another. @module */
import ipaddr from "ipaddr.js";
import { ADDRESSES } from "./address_patterns.ts";

const BITS = { 4: 32, 6: 128 } as const;
const BITS_OF_BYTE = 8;

/** A block of addresses. The bits beyond its prefix are zero. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** Number of bits of the prefix. */
  readonly length: number;
}

/**
 * The pattern of a CIDR, for JavaScript and for RE2. It does not look at bits beyond the prefix: the API server takes
 * `10.1.2.3/8` in a NetworkPolicy, too.
 */
export const CIDR_PATTERN = `^((${ADDRESSES.ipv4!.pattern})/([12]?[0-9]|3[0-2])|` +
  `(${ADDRESSES.ipv6!.pattern})/([1-9]?[0-9]|1[01][0-9]|12[0-8]))$`;
const SHAPE = new RegExp(CIDR_PATTERN);

/** The text's block, with zeros beyond its prefix; nothing if it is no CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  if (!SHAPE.test(text)) return undefined;
  const [address, length] = text.split("/") as [string, string];
  const parsed = ipaddr.parse(address);
  const family = parsed.kind() === "ipv4" ? 4 : 6;
  return masked({
    family,
    value: parsed.toByteArray().reduce((value, byte) => value << 8n | BigInt(byte), 0n),
    length: Number(length),
  });
}

/** A block in the only spelling that Sluice writes. */
export function formatCidr({ family, value, length }: Cidr): string {
  const bytes = Array.from(
    { length: BITS[family] / BITS_OF_BYTE },
    (_, i) => Number(value >> BigInt(BITS[family] - BITS_OF_BYTE * (i + 1)) & 0xffn),
  );
  const address = family === 4
    ? bytes.join(".")
    : (ipaddr.fromByteArray(bytes) as ipaddr.IPv6).toRFC5952String();
  return `${address}/${length}`;
}

function masked({ family, value, length }: Cidr): Cidr {
  const rest = BigInt(BITS[family] - length);
  return { family, value: value >> rest << rest, length };
}

/** Whether all addresses of `inner` are in `outer`, which may be the same block. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && outer.length <= inner.length &&
    masked({ ...inner, length: outer.length }).value === outer.value;
}

/** The blocks that are in no other one, in order. Equal ones are there once. */
export function withoutInner(blocks: Iterable<Cidr>): Cidr[] {
  const kept: Cidr[] = [];
  // A block comes behind those around it, and nothing but other blocks of these is in between
  for (const block of [...blocks].sort(inOrder)) {
    const last = kept.at(-1);
    if (!last || !contains(last, block)) kept.push(block);
  }
  return kept;
}

function inOrder(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.length - b.length;
}

/**
 * The blocks that are left of a block without others, in order. Each of the others leaves one more block at most for each
 * bit by which its prefix is longer. They are made one by one, so that a caller can stop when it has enough.
 */
export function* subtract(block: Cidr, others: readonly Cidr[]): Generator<Cidr> {
  if (others.some((other) => contains(other, block))) return;
  const inside = others.filter((other) => contains(block, other));
  if (inside.length === 0) return yield block;
  for (const half of halves(block)) yield* subtract(half, inside);
}

function halves({ family, value, length }: Cidr): [Cidr, Cidr] {
  const bit = 1n << BigInt(BITS[family] - length - 1);
  const [one, other] = [value, value | bit];
  return [{ family, value: one, length: length + 1 }, { family, value: other, length: length + 1 }];
}

/** The mask of a block's prefix. */
export function maskOf({ family, length }: Cidr): bigint {
  const bits = BigInt(BITS[family]);
  return (1n << bits) - (1n << bits - BigInt(length));
}
