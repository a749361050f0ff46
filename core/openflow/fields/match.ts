/** What a flow matches, in one form however it was written. @module */
import { ones } from "./binary.ts";
import type { FieldSpec, FieldValue, Match } from "./field_types.ts";
import { fieldNamed } from "./fields.ts";
import { type Prerequisite, PROTOCOLS } from "./protocols.ts";
import { parseValue } from "./values.ts";

type Scalar = bigint | number | string;
/** What {@linkcode match} takes: a value as number or text, or value and mask. */
export type MatchFields = Readonly<Record<string, Scalar | readonly [value: Scalar, mask: Scalar]>>;

type Entry = readonly [name: string, value: FieldValue];
type Rewrite = (value: FieldValue, spec: FieldSpec) => readonly Entry[];

const REGISTER_BITS = 32n;
/** Bit of `vlan_vid` that says that there is a tag: OpenFlow 1.5.1 section 7.2.3.8, OFPVID_PRESENT. */
export const VLAN_PRESENT = 0x1000n;
const VLAN_VID_MASK = 0x1fffn;
const VLAN_PCP_SHIFT = 13n;
const DSCP_SHIFT = 2n;

function slice({ value, mask }: FieldValue, shift: bigint, bits: bigint): FieldValue {
  const all = (1n << bits) - 1n;
  if (mask === undefined) return { value: (value >> shift) & all };
  return { value: (value >> shift) & all, mask: (mask >> shift) & all };
}

/** Wide registers overlay narrow ones: ovs-fields(7), "Register Fields". */
function toRegisters(value: FieldValue, spec: FieldSpec): Entry[] {
  const count = spec.width / Number(REGISTER_BITS);
  const first = Number(/\d+$/.exec(spec.name)![0]) * count;
  return Array.from({ length: count }, (_, i) => {
    const shift = REGISTER_BITS * BigInt(count - 1 - i);
    return [`reg${first + i}`, slice(value, shift, REGISTER_BITS)];
  });
}

/** Over OXM the tag is two fields; a priority without a tag means nothing: ovs-fields(7), "VLAN Fields". */
function fromVlanTci(tci: FieldValue): Entry[] {
  const vid = { value: tci.value & VLAN_VID_MASK, mask: (tci.mask ?? ones(16)) & VLAN_VID_MASK };
  const pcp = (tci.mask ?? ones(16)) >> VLAN_PCP_SHIFT;
  if (pcp === 0n || (vid.value & vid.mask) === 0n) return [["vlan_vid", vid]];
  return [["vlan_vid", vid], ["vlan_pcp", slice(tci, VLAN_PCP_SHIFT, 3n)]];
}

/** Fields that a switch gives back under another name, or not at all. */
const REWRITES: ReadonlyMap<string, Rewrite> = new Map(Object.entries({
  vlan_tci: fromVlanTci,
  in_port_oxm: (value) => [["in_port", value]],
  nw_tos: ({ value }) => [["ip_dscp", { value: value >> DSCP_SHIFT }]],
  // (0,0) is Ethernet, which all packets of an ordinary bridge are.
  packet_type: (value) => value.value === 0n ? [] : [["packet_type", value]],
  ...Object.fromEntries([..."01234567"].map((n) => [`xreg${n}`, toRegisters])),
  ...Object.fromEntries([..."0123"].map((n) => [`xxreg${n}`, toRegisters])),
}));

const IN_PORT = fieldNamed("in_port_oxm");

/** As what the field is in a match on the wire: `in_port` has 16 bits in actions, but 32 there. */
export function matchSpec(name: string): FieldSpec {
  return name === "in_port" ? IN_PORT : fieldNamed(name);
}

/** A mask of all ones is none; nothing outside the mask counts. */
function trimmed(given: FieldValue, width: number): FieldValue | undefined {
  const { value, mask } = given;
  if (mask === undefined) return given;
  if (mask === 0n) return undefined;
  return mask === ones(width) ? { value } : { value: value & mask, mask };
}

function put(match: Record<string, FieldValue>, name: string, value: FieldValue): void {
  const kept = trimmed(value, matchSpec(name).width);
  if (kept) match[name] = kept;
}

/** Adds one field to a match under construction, in canonical form. */
export function addToMatch(
  match: Record<string, FieldValue>,
  name: string,
  value: FieldValue,
): void {
  const rewrite = REWRITES.get(name);
  if (!rewrite) return put(match, name, value);
  for (const [key, each] of rewrite(value, fieldNamed(name))) put(match, key, each);
}

/** The same match in canonical form: what makes two matches equal is then plain to see. */
export function canonicalMatch(match: Match): Match {
  const result: Record<string, FieldValue> = {};
  for (const name in match) {
    const canonical = fieldNamed(name).name;
    addToMatch(result, canonical, match[name]!);
  }
  return result;
}

function toBits(scalar: Scalar, spec: FieldSpec): bigint {
  if (typeof scalar === "string") {
    const { value, mask } = parseValue(scalar, spec);
    if (mask === undefined) return value;
  } else if (Number.isInteger(Number(scalar))) return BigInt(scalar);
  throw new TypeError(`Cannot use value "${scalar}" of field "${spec.name}": not one value`);
}

function checked({ value, mask }: FieldValue, spec: FieldSpec): FieldValue {
  const all = ones(spec.width);
  for (const bits of [value, mask ?? 0n]) {
    if (bits >= 0n && bits <= all) continue;
    throw new TypeError(`Cannot use value "${bits}" of field "${spec.name}": not in 0..${all}`);
  }
  if (mask !== undefined && mask !== all && !spec.maskable) {
    throw new TypeError(`Cannot use a mask of field "${spec.name}": it has none`);
  }
  return mask === undefined ? { value } : { value, mask };
}

function toFieldValue(given: MatchFields[string], spec: FieldSpec): FieldValue {
  if (typeof given === "string") return parseValue(given, spec);
  if (typeof given !== "object") return { value: toBits(given, spec) };
  return { value: toBits(given[0], spec), mask: toBits(given[1], spec) };
}

/**
 * Builds a match: `match({ in_port: 1, eth_src: "02:aa:00:00:00:01", reg15: [0, 0x80000000] })`.
 *
 * Prerequisites such as `eth_type` are the caller's to name: ovs-fields(7), "Prerequisites".
 * @throws {TypeError} If a name, a value or a mask is none of the field's.
 */
export function match(fields: MatchFields): Match {
  const result: Record<string, FieldValue> = {};
  for (const [name, given] of Object.entries(fields)) {
    const canonical = fieldNamed(name).name;
    const spec = matchSpec(canonical);
    addToMatch(result, canonical, checked(toFieldValue(given, spec), spec));
  }
  return result;
}

/** Whether a match asks for these values. */
export function meets(match: Match, prerequisite: Prerequisite): boolean {
  return Object.entries(prerequisite).every(([name, value]) => match[name]?.value === value);
}

/** The most special word that holds for a match. */
export function protocolOf(match: Match): keyof typeof PROTOCOLS | undefined {
  const words = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
  return words.find((word) => meets(match, PROTOCOLS[word]));
}
