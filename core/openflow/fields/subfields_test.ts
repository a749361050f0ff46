import assert from "node:assert/strict";
import { ProtocolError } from "../../base/errors.ts";
import { written } from "../testing/written.ts";
import { Reader } from "./binary.ts";
import { fieldNamed } from "./fields.ts";
import {
  formatSubfield,
  packBits,
  parseSubfield,
  readSubfield,
  subfieldOf,
  unpackBits,
  wholeField,
  widthOf,
  writeHeader,
  writeShortHeader,
} from "./subfields.ts";

/** Texts of ovs-actions(7), "Fields and Subfields", and the 16 bits of `ofs_nbits`: `start << 6 | bits - 1`. */
const TEXTS: readonly [text: string, field: string, start: number, end: number, packed: number][] =
  [
    ["NXM_NX_REG0[]", "reg0", 0, 31, 0x001f],
    ["NXM_NX_REG12[0..15]", "reg12", 0, 15, 0x000f],
    ["NXM_NX_REG10[12]", "reg10", 12, 12, 0x0300],
    ["NXM_OF_ETH_SRC[]", "eth_src", 0, 47, 0x002f],
    ["OXM_OF_METADATA[0..3]", "metadata", 0, 3, 0x0003],
    ["OXM_OF_VLAN_VID[]", "vlan_vid", 0, 11, 0x000b],
  ];

Deno.test.each(TEXTS)("subfield %s is a part of %s", (text, field, start, end, packed) => {
  const subfield = { field, start, end };
  assert.deepEqual(parseSubfield(text), subfield);
  assert.equal(formatSubfield(subfield), text);
  assert.equal(widthOf(subfield), end - start + 1);
  assert.equal(packBits(subfield), packed);
  assert.deepEqual(unpackBits(fieldNamed(field), packed), subfield);
});

Deno.test("parseSubfield() takes canonical names and other names, and a field without brackets", () => {
  assert.deepEqual(parseSubfield("reg0[3]"), { field: "reg0", start: 3, end: 3 });
  assert.deepEqual(parseSubfield("dl_src"), wholeField("eth_src"));
  // The bit that says that there is a tag is no part of what actions may name.
  assert.deepEqual(wholeField("vlan_vid"), { field: "vlan_vid", start: 0, end: 11 });
});

Deno.test.each(["reg0[32]", "reg0[5..3]", "reg0[0..32]", "reg0[a]", "reg0[", "nonsense[]"])(
  "%s is no subfield",
  (text) => {
    assert.throws(() => parseSubfield(text), TypeError);
  },
);

Deno.test("a subfield's field is named by OXM for standard actions and by NXM for Nicira's", () => {
  const subfield = parseSubfield("eth_src[0..15]");
  // OXM class 0x8000 field 4, NXM class 0 field 2; both of 6 bytes: OpenFlow 1.5.1 section 7.2.3.2.
  assert.equal(written((writer) => writeHeader(writer, subfield)).toHex(), "80000806");
  assert.equal(written((writer) => writeShortHeader(writer, subfield)).toHex(), "00000406");
  const bytes = Uint8Array.fromHex("000004060000");
  assert.deepEqual(readSubfield(new Reader(bytes), 16), subfield);
});

Deno.test("bits that a field does not have are refused", () => {
  const spec = fieldNamed("reg0");
  assert.throws(() => subfieldOf(spec, 0, 33), ProtocolError);
  assert.throws(() => subfieldOf(spec, 0, 0), ProtocolError);
  assert.throws(() => unpackBits(spec, packBits({ field: "metadata", start: 32, end: 33 })), {
    name: "ProtocolError",
    message: 'Cannot use bits 32..33 of field "reg0": it has 32',
  });
});
