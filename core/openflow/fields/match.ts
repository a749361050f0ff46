/** Matches in one canonical form, however they were written. @module */
import { ones } from "./binary.ts";
import type { FieldSpec, FieldValue, Match } from "./field_types.ts";
import { fieldNamed } from "./fields.ts";
import { type Prerequisite, PROTOCOLS } from "./protocols.ts";
import { parseValue } from "./values.ts";

type Scalar = bigint | number | string;
/** What {@linkcode match} takes, by the names of fields: a value as a number or text, or a value and a mask. */
export type MatchFields = Readonly<Record<string, Scalar | readonly [value: Scalar, mask: Scalar]>>;

type Entry = readonly [name: string, value: FieldValue];
type Rewrite = (value: FieldValue, spec: FieldSpec) => readonly Entry[];

const REGISTER_BITS = 32n;
/** The bit of `vlan_vid` that says that the packet has a tag: OpenFlow 1.5.1 section 7.2.3.8, OFPVID_PRESENT. */
export const VLAN_PRESENT = 0x1000n;
const VLAN_VID_MASK = 0x1fffn;
const VLAN_PCP_SHIFT = 13n;
const DSCP_SHIFT = 2n;

function slice({ value, mask }: FieldValue, shift: bigint, bits: bigint): FieldValue {
  const all = (1n << bits) - 1n;
  if (mask === undefined) return { value: (value >> shift) & all };
  return { value: (value >> shift) & all, mask: (mask >> shift) & all };
}

/** A register of 64 or 128 bits is two or four of 32 bits: ovs-fields(7), "Register Fields". */
function toRegisters(value: FieldValue, spec: FieldSpec): Entry[] {
  const count = spec.width / Number(REGISTER_BITS);
  const first = Number(/\d+$/.exec(spec.name)![0]) * count;
  return Array.from({ length: count }, (_, i) => {
    const shift = REGISTER_BITS * BigInt(count - 1 - i);
    return [`reg${first + i}`, slice(value, shift, REGISTER_BITS)];
  });
}

/** OXM has two fields for the tag. The priority counts only if there is a tag: ovs-fields(7), "VLAN Fields". */
function fromVlanTci(tci: FieldValue): Entry[] {
  const vid = { value: tci.value & VLAN_VID_MASK, mask: (tci.mask ?? ones(16)) & VLAN_VID_MASK };
  const pcp = (tci.mask ?? ones(16)) >> VLAN_PCP_SHIFT;
  if (pcp === 0n || (vid.value & vid.mask) === 0n) return [["vlan_vid", vid]];
  return [["vlan_vid", vid], ["vlan_pcp", slice(tci, VLAN_PCP_SHIFT, 3n)]];
}

/** Fields that the switch gives back as other fields, or not at all. */
const REWRITES: ReadonlyMap<string, Rewrite> = new Map(Object.entries({
  vlan_tci: fromVlanTci,
  in_port_oxm: (value) => [["in_port", value]],
  nw_tos: ({ value }) => [["ip_dscp", { value: value >> DSCP_SHIFT }]],
  // 0 is Ethernet: on an ordinary bridge every packet has that type.
  packet_type: (value) => value.value === 0n ? [] : [["packet_type", value]],
  ...Object.fromEntries([..."01234567"].map((n) => [`xreg${n}`, toRegisters])),
  ...Object.fromEntries([..."0123"].map((n) => [`xxreg${n}`, toRegisters])),
}));

const IN_PORT = fieldNamed("in_port_oxm");

/** The field as a match on the wire has it: `in_port` has 32 bits there, and 16 in actions. */
export function matchSpec(name: string): FieldSpec {
  return name === "in_port" ? IN_PORT : fieldNamed(name);
}

/** The value without a mask of all ones and without bits that do not count; nothing if the mask is zero. */
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

/** Adds one field to a match that is being built, in canonical form. */
export function addToMatch(
  match: Record<string, FieldValue>,
  name: string,
  value: FieldValue,
): void {
  const rewrite = REWRITES.get(name);
  if (!rewrite) return put(match, name, value);
  for (const [key, each] of rewrite(value, fieldNamed(name))) put(match, key, each);
}

/** The same match in canonical form. Two matches are the same to the switch if their canonical forms are equal. */
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
  throw new TypeError(`Cannot use value "${scalar}" of field "${spec.name}": not one integer`);
}

function checked({ value, mask }: FieldValue, spec: FieldSpec): FieldValue {
  const all = ones(spec.width);
  for (const bits of [value, mask ?? 0n]) {
    if (bits >= 0n && bits <= all) continue;
    throw new TypeError(`Cannot use value "${bits}" of field "${spec.name}": not in 0..${all}`);
  }
  if (mask !== undefined && mask !== all && !spec.maskable) {
    throw new TypeError(`Cannot use a mask of field "${spec.name}": it must be matched as a whole`);
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
 * It does not add prerequisites such as `eth_type`; the caller names them: ovs-fields(7), "Prerequisites".
 * @throws {TypeError} If a field is not known, or cannot have that value or that mask.
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

/** Whether a match has each of these values. */
export function meets(match: Match, prerequisite: Prerequisite): boolean {
  return Object.entries(prerequisite).every(([name, value]) => match[name]?.value === value);
}

/** The most specific protocol that a match meets: `tcp` rather than `ip`; nothing if it meets none. */
export function protocolOf(match: Match): keyof typeof PROTOCOLS | undefined {
  const words = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];
  return words.find((word) => meets(match, PROTOCOLS[word]));
}
