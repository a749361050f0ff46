import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "../../base/errors.ts";
import { arbitraryMatch } from "../testing/arbitrary.ts";
import { written } from "../testing/written.ts";
import { Reader } from "./binary.ts";
import { fieldNamed, UnknownFieldError } from "./fields.ts";
import { match, type MatchFields } from "./match.ts";
import { readField, readFieldHeader, readMatch, writeField, writeMatch } from "./oxm.ts";

Deno.test("a match that is written is read back", () => {
  fc.assert(fc.property(arbitraryMatch, (match) => {
    const bytes = written((writer) => writeMatch(writer, match));
    const reader = new Reader(bytes);
    assert.deepEqual(readMatch(reader), match);
    reader.end("a match");
    assert.equal(bytes.length % 8, 0);
  }));
});

/**
 * A field: class in 16 bits, number in 7, one bit for a mask, length of the rest in 8, then value and mask. OpenFlow
 * 1.5.1 section 7.2.3.2.
 */
const FIELD_BYTES: readonly [field: string, value: bigint, mask: bigint | undefined, string][] = [
  ["eth_type", 0x800n, undefined, "8000 0a 02 0800"],
  ["eth_src", 0x02aa_0000_0001n, undefined, "8000 08 06 02aa00000001"],
  ["eth_dst", 0n, 1n << 40n, "8000 07 0c 000000000000 010000000000"],
  ["tun_id", 8n, undefined, "8000 4c 08 0000000000000008"],
  ["ct_zone", 5n, undefined, "0001 d4 02 0005"],
  // 20 bits take 4 bytes.
  ["mpls_label", 0xfffffn, undefined, "8000 44 04 000fffff"],
  // An experimenter's number stands before the value and counts in the length.
  ["dp_hash", 3n, undefined, "ffff 00 08 00002320 00000003"],
  ["nsh_flags", 1n, 3n, "ffff 03 06 005ad650 01 03"],
];

Deno.test.each(FIELD_BYTES)(
  "field %s with value %s and mask %s is its bytes",
  (name, value, mask, hex) => {
    const given = mask === undefined ? { value } : { value, mask };
    const bytes = written((writer) => writeField(writer, fieldNamed(name), given));
    assert.equal(bytes.toHex(), hex.replaceAll(" ", ""));
    const { spec, value: read } = readField(new Reader(bytes));
    assert.equal(spec.name, name);
    assert.deepEqual(read, given);
  },
);

/** Type 1, length without padding, fields, zeros up to a multiple of 8 bytes: OpenFlow 1.5.1 section 7.2.3.1. */
const MATCH_BYTES: readonly [what: string, fields: MatchFields, hex: string][] = [
  ["nothing", {}, "0001 0004 00000000"],
  ["a port, in 32 bits", { in_port: 1 }, "0001 000c 80000004 00000001 00000000"],
  [
    "prerequisites before what needs them",
    { tcp_dst: 80, ip_proto: 6, eth_type: 0x800 },
    "0001 0015 80000a02 0800 80001401 06 80001c02 0050 000000",
  ],
  // Two registers of 32 bits are one of 64 in class 0x8001: ovs-fields(7), "Register Fields".
  [
    "a pair of registers",
    { reg14: 1, reg15: [0, 0x80000000] },
    "0001 0018 80010f10 0000000100000000 ffffffff80000000",
  ],
];

Deno.test.each(MATCH_BYTES)("a match of %s is its bytes", (_what, fields, hex) => {
  const bytes = written((writer) => writeMatch(writer, match(fields)));
  assert.equal(bytes.toHex(), hex.replaceAll(" ", ""));
  assert.deepEqual(readMatch(new Reader(bytes)), match(fields));
});

const hex = (text: string) => new Reader(Uint8Array.fromHex(text.replaceAll(" ", "")));

Deno.test("a mask of all ones is none", () => {
  assert.deepEqual(readField(hex("8000 0b 04 0800 ffff")).value, { value: 0x800n });
});

Deno.test("a field that the table does not have is kept under the name of its header", () => {
  const { spec, value } = readField(hex("0001 50 04 00000007"));
  assert.equal(spec.name, "oxm_0001_40_4");
  assert.deepEqual(value, { value: 7n });
  const bytes = written((writer) => writeField(writer, spec, value));
  assert.equal(bytes.toHex(), "0001500400000007");
});

const WRONG_FIELDS: readonly [what: string, hex: string][] = [
  ["an odd length of value and mask", "8000 0b 03 080000"],
  ["a length that is not the field's", "8000 0a 04 00000800"],
  ["an experimenter without a number", "ffff 00 02 0000"],
  ["a value that is cut off", "8000 08 06 02aa"],
];

Deno.test.each(WRONG_FIELDS)("a field with %s is refused", (_what, bytes) => {
  assert.throws(() => readField(hex(bytes)), ProtocolError);
});

Deno.test("a header of an unknown experimenter, or of another length, is an unknown field", () => {
  assert.throws(() => readField(hex("ffff 00 08 00001234 00000000")), UnknownFieldError);
  assert.throws(() => readFieldHeader(hex("8000 08 04")), UnknownFieldError);
  assert.equal(readFieldHeader(hex("0000 04 06")).name, "eth_src");
});

const WRONG_MATCHES: readonly [what: string, hex: string][] = [
  ["another type", "0000 0004 00000000"],
  ["a length that is less than its header's", "0001 0003 00000000"],
  ["a length that is more than there is", "0001 0010 00000000"],
];

Deno.test.each(WRONG_MATCHES)("a match of %s is refused", (_what, bytes) => {
  assert.throws(() => readMatch(hex(bytes)), ProtocolError);
});
