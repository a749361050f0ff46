/** Blocks of addresses: their spellings, and what is left of one without others. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Cidr, contains, formatCidr, parseCidr, subtract, withoutInner } from "./cidr.ts";

const block = (text: string): Cidr => parseCidr(text)!;

Deno.test.each<[text: string, canonical: string | undefined]>([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["192.0.2.1/32", "192.0.2.1/32"],
  ["::/0", "::/0"],
  ["2001:DB8:0:0::1/128", "2001:db8::1/128"],
  ["2001:db8::ffff/33", "2001:db8::/33"],
  ["::ffff:192.0.2.1/128", "::ffff:c000:201/128"],
  ["10.0.0.0/33", undefined],
  ["::/129", undefined],
  ["10.0.0.0/08", undefined],
  ["10.0.0.0", undefined],
  ["010.0.0.0/8", undefined],
  ["10.0.0/8", undefined],
  ["10.0.0.0/8/8", undefined],
  ["10.0.0.0/-1", undefined],
  [" 10.0.0.0/8", undefined],
  ["fe80::1%eth0/64", undefined],
  ["fe80:/64", undefined],
  ["", undefined],
])("%s as a block", (text, canonical) => {
  const parsed = parseCidr(text);
  assert.equal(parsed && formatCidr(parsed), canonical);
});

Deno.test.each<[string, readonly string[], readonly string[]]>([
  ["10.0.0.0/8", [], ["10.0.0.0/8"]],
  ["10.0.0.0/8", ["10.0.0.0/8"], []],
  ["10.0.0.0/8", ["0.0.0.0/0"], []],
  ["10.0.0.0/8", ["11.0.0.0/8", "::/0"], ["10.0.0.0/8"]],
  ["10.0.0.0/8", ["10.1.0.0/16"], [
    "10.0.0.0/16",
    ...["10.2.0.0/15", "10.4.0.0/14", "10.8.0.0/13", "10.16.0.0/12", "10.32.0.0/11"],
    ...["10.64.0.0/10", "10.128.0.0/9"],
  ]],
  ["10.0.0.0/8", ["10.0.0.0/9", "10.128.0.0/9"], []],
  ["192.0.2.0/30", ["192.0.2.0/32", "192.0.2.3/32"], ["192.0.2.1/32", "192.0.2.2/32"]],
  ["fd00::/126", ["fd00::1/128"], ["fd00::/128", "fd00::2/127"]],
])("%s without %o", (whole, others, left) => {
  assert.deepEqual([...subtract(block(whole), others.map(block))].map(formatCidr), left);
});

Deno.test("an exception leaves one block for each bit by which its prefix is longer", () => {
  const left = [...subtract(block("::/0"), [block("2001:db8::1/128")])];
  assert.equal(left.length, 128);
});

Deno.test("a list keeps no block inside another one, in one order", () => {
  const texts = ["10.1.0.0/16", "::1/128", "10.0.0.0/8", "10.0.0.0/8", "9.0.0.0/8", "10.0.0.0/9"];
  const kept = ["9.0.0.0/8", "10.0.0.0/8", "::1/128"];
  assert.deepEqual(withoutInner(texts.map(block)).map(formatCidr), kept);
  assert.deepEqual(withoutInner(texts.toReversed().map(block)).map(formatCidr), kept);
});

Deno.test("an address is in what is left if it is in the block and in none of the others", () => {
  const cidr = fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 }))
    .map(([host, length]) => block(`192.0.2.${host}/${length}`));
  fc.assert(fc.property(cidr, fc.array(cidr, { maxLength: 5 }), (whole, others) => {
    const left = [...subtract(whole, others)];
    assert.deepEqual(withoutInner(left), left);
    for (let host = 0; host <= 255; host++) {
      const address = block(`192.0.2.${host}/32`);
      const isIn = (blocks: readonly Cidr[]) => blocks.some((each) => contains(each, address));
      assert.equal(isIn(left), isIn([whole]) && !isIn(others));
    }
  }));
});
