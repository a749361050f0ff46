import assert from "node:assert/strict";
import {
  formatBytes,
  hex,
  parseBig,
  parseBytes,
  parseNumber,
  splitList,
  splitOutside,
  splitPair,
  splitWords,
} from "./tokens.ts";

Deno.test("splitOutside() leaves what is in parentheses whole, and keeps empty parts", () => {
  const atCommas = (text: string) => splitOutside(text, (char) => char === ",");
  assert.deepEqual(atCommas("a,b(c,d[e,f]),,g"), ["a", "b(c,d[e,f])", "", "g"]);
  assert.deepEqual(atCommas(""), [""]);
  for (const text of ["a(b", "a[b"]) assert.throws(() => atCommas(text), TypeError);
});

Deno.test("splitList() splits at commas, splitWords() also at spaces; both leave out empty parts", () => {
  assert.deepEqual(splitList(" output:1, ,resubmit(,2) "), ["output:1", "resubmit(,2)"]);
  assert.deepEqual(splitWords("cookie=0x1, table=2, ip,in_port=3"), [
    "cookie=0x1",
    "table=2",
    "ip",
    "in_port=3",
  ]);
});

const PAIRS: readonly [text: string, key: string, value: string | undefined][] = [
  ["table=1", "table", "1"],
  ["commit", "commit", undefined],
  ["table=", "table", ""],
  ["a=b=c", "a", "b=c"],
  ["nat(src=1.2.3.4)", "nat(src=1.2.3.4)", undefined],
];

Deno.test.each(PAIRS)("splitPair(%s) is %s and %s", (text, key, value) => {
  assert.deepEqual(splitPair(text), [key, value]);
});

Deno.test("numbers are decimal or hexadecimal, and nothing else", () => {
  assert.deepEqual(["0", "65535", "0xFf"].map((text) => parseNumber(text)), [0, 65535, 255]);
  assert.equal(parseBig("0xffffffffffffffff"), 2n ** 64n - 1n);
  for (const text of ["", "-1", "1.5", "1e3", "0x", "a"]) {
    assert.throws(() => parseNumber(text), TypeError);
    assert.throws(() => parseBig(text), TypeError);
  }
  assert.throws(() => parseNumber("65536", 0xffff), {
    message: 'Cannot use number "65536": not in 0..65535',
  });
});

Deno.test("hex() writes 0x, but not before zero", () => {
  assert.deepEqual([0, 0n, 31, 2n ** 64n - 1n].map(hex), ["0", "0", "0x1f", "0xffffffffffffffff"]);
});

Deno.test("bytes have dots between them, which need not be there", () => {
  const bytes = new Uint8Array([1, 2, 0xa0]);
  assert.equal(formatBytes(bytes), "01.02.a0");
  assert.deepEqual(parseBytes("01.02.a0"), bytes);
  assert.deepEqual(parseBytes("0102A0"), bytes);
  assert.deepEqual(parseBytes(""), new Uint8Array());
  for (const text of ["0", "01.2", "zz"]) assert.throws(() => parseBytes(text), TypeError);
});
