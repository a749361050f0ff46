import assert from "node:assert/strict";
import { ProtocolError } from "../../base/errors.ts";
import { written } from "../testing/written.ts";
import { aligned, bytesFor, ones, Reader, Writer } from "./binary.ts";

/** All numbers of OpenFlow are big-endian: OpenFlow 1.5.1 section 7.1. */
const WRITTEN: readonly [what: string, write: (writer: Writer) => void, bytes: string][] = [
  ["u8(0xab)", (w) => w.u8(0xab), "ab"],
  ["u16(0xabcd)", (w) => w.u16(0xabcd), "abcd"],
  ["u32(0x89abcdef)", (w) => w.u32(0x89abcdef), "89abcdef"],
  ["u64(2 ** 63 + 1)", (w) => w.u64((1n << 63n) + 1n), "8000000000000001"],
  ["uint() of 1 byte, from a longer number", (w) => w.uint(0x1234n, 1), "34"],
  ["uint() of 3 bytes", (w) => w.uint(0x123456n, 3), "123456"],
  ["uint() of 4 bytes", (w) => w.uint(0xfedcba98n, 4), "fedcba98"],
  ["uint() of 6 bytes", (w) => w.uint(0x02aa00000001n, 6), "02aa00000001"],
  ["uint() of 16 bytes", (w) => w.uint(0xfd09n << 112n | 1n, 16), `fd09${"0".repeat(27)}1`],
  ["bytes() and zeros()", (w) => w.bytes(new Uint8Array([1, 2])).zeros(2), "01020000"],
  ["align() of 5 bytes", (w) => w.u32(1).u8(2).align(0), "0000000102000000"],
  ["align() of 8 bytes", (w) => w.u64(1n).align(0), "0000000000000001"],
  ["align() of what follows byte 2", (w) => w.u16(0xffff).u8(1).align(2), "ffff0100000000000000"],
  ["patch16()", (w) => w.u16(0).u16(7).patch16(0, 0x1234), "12340007"],
];

Deno.test.each(WRITTEN)("Writer writes %s big-endian", (_what, write, bytes) => {
  assert.equal(written(write).toHex(), bytes);
});

Deno.test("Writer keeps what was written when its buffer grows", () => {
  const writer = new Writer();
  for (let i = 0; i < 1000; i++) writer.u16(i);
  assert.equal(writer.length, 2000);
  writer.patch16(0, 0xffff);
  const reader = new Reader(writer.finish());
  const read = Array.from({ length: 1000 }, () => reader.u16());
  assert.deepEqual(read, [0xffff, ...Array.from({ length: 999 }, (_, i) => i + 1)]);
});

const hex = (text: string) => new Reader(Uint8Array.fromHex(text));

const READ: readonly [what: string, bytes: string, read: (reader: Reader) => unknown, unknown][] = [
  ["u8()", "ab", (r) => r.u8(), 0xab],
  ["u16()", "abcd", (r) => r.u16(), 0xabcd],
  ["u32()", "89abcdef", (r) => r.u32(), 0x89abcdef],
  ["u64()", "8000000000000001", (r) => r.u64(), (1n << 63n) + 1n],
  ["uint() of 0 bytes", "", (r) => r.uint(0), 0n],
  ["uint() of 4 bytes", "fedcba98", (r) => r.uint(4), 0xfedcba98n],
  ["uint() of 6 bytes", "02aa00000001", (r) => r.uint(6), 0x02aa00000001n],
  ["bytes() after skip()", "01020304", (r) => [...r.skip(1).bytes(2)], [2, 3]],
  ["rest()", "010203", (r) => [r.u8(), ...r.rest()], [1, 2, 3]],
  ["part()", "010203", (r) => [r.part(2).left, r.left], [2, 1]],
  ["peek16(), which takes nothing", "01020304", (r) => [r.peek16(), r.peek16(2), r.left], [
    0x0102,
    0x0304,
    4,
  ]],
];

Deno.test.each(READ)("Reader reads %s", (_what, bytes, read, value) => {
  assert.deepEqual(read(hex(bytes)), value);
});

Deno.test("Reader reads a part of a larger buffer", () => {
  const reader = new Reader(Uint8Array.fromHex("00ff0102ff").subarray(2, 4));
  assert.deepEqual([reader.left, reader.u16(), reader.left], [2, 0x0102, 0]);
});

const REFUSED: readonly [what: string, bytes: string, read: (reader: Reader) => void, RegExp][] = [
  ["u16() of one byte", "00", (r) => r.u16(), /^Cannot read 2 bytes: 1 are left$/],
  ["uint() of 16 bytes of 15", "00".repeat(15), (r) => r.uint(16), /^Cannot read 16 bytes/],
  ["skip() beyond the end", "00", (r) => r.skip(2), /^Cannot read 2 bytes/],
  ["part() beyond the end", "00", (r) => r.part(2), /^Cannot read 2 bytes/],
  ["peek16() beyond the end", "000000", (r) => r.peek16(2), /^Cannot read 4 bytes: 3 are left$/],
  ["end() before the end", "00", (r) => r.end("a flow"), /^Cannot decode a flow: 1 bytes/],
  ["padding() of 8 bytes", "00".repeat(8), (r) => r.padding("a flow"), /^Cannot decode a flow: 8/],
  ["padding() that is not zero", "0001", (r) => r.padding("a flow"), /^Cannot decode a flow: 2/],
];

Deno.test.each(REFUSED)("Reader refuses %s", (_what, bytes, read, message) => {
  assert.throws(
    () => read(hex(bytes)),
    (error) => error instanceof ProtocolError && message.test(error.message),
  );
});

Deno.test("aligned() rounds up to 8, bytesFor() to whole bytes, and ones() has as many bits", () => {
  assert.deepEqual([0, 1, 8, 9, 16].map(aligned), [0, 8, 8, 16, 16]);
  assert.deepEqual([1, 8, 9, 13, 128].map(bytesFor), [1, 1, 2, 2, 16]);
  assert.deepEqual([0, 1, 12, 64].map(ones), [0n, 1n, 0xfffn, 0xffff_ffff_ffff_ffffn]);
  assert.equal(ones(200), (1n << 200n) - 1n);
});
