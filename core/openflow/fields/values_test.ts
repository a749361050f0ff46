import assert from "node:assert/strict";
import type { FieldValue } from "./field_types.ts";
import { fieldNamed } from "./fields.ts";
import { formatValue, parseValue } from "./values.ts";

type Case = readonly [field: string, text: string, value: FieldValue];

/** Texts as `ovs-ofctl dump-flows` prints them: ovs-fields(7). */
const TEXTS: readonly Case[] = [
  ["tcp_dst", "80", { value: 80n }],
  ["tcp_dst", "0x50/0xfff0", { value: 0x50n, mask: 0xfff0n }],
  ["reg0", "0", { value: 0n }],
  ["reg0", "0x1f", { value: 0x1fn }],
  ["reg15", "0/0x80000000", { value: 0n, mask: 0x8000_0000n }],
  ["eth_src", "02:aa:00:00:00:01", { value: 0x02aa_0000_0001n }],
  ["eth_dst", "00:00:00:00:00:00/01:00:00:00:00:00", { value: 0n, mask: 1n << 40n }],
  ["ip_src", "10.9.0.1", { value: 0x0a09_0001n }],
  ["ip_src", "10.0.0.0/8", { value: 0x0a00_0000n, mask: 0xff00_0000n }],
  ["ip_src", "10.0.0.1/255.0.0.255", { value: 0x0a00_0001n, mask: 0xff00_00ffn }],
  ["ipv6_dst", "fd09::1", { value: (0xfd09n << 112n) | 1n }],
  ["ipv6_dst", "fd09::/16", { value: 0xfd09n << 112n, mask: 0xffffn << 112n }],
  ["in_port_oxm", "LOCAL", { value: 0xffff_fffen }],
  // A field of 16 bits has the reserved ports of OpenFlow 1.0.
  ["in_port", "LOCAL", { value: 0xfffen }],
  ["in_port", "7", { value: 7n }],
  ["ip_frag", "first", { value: 1n }],
  ["ip_frag", "later", { value: 3n }],
  ["ip_frag", "not_later", { value: 0n, mask: 2n }],
  ["ip_frag", "yes", { value: 1n, mask: 1n }],
  ["tcp_flags", "+syn-ack", { value: 2n, mask: 0x12n }],
  ["tcp_flags", "0x12", { value: 0x12n }],
  ["ct_state", "+est-rel+trk", { value: 0x22n, mask: 0x26n }],
  ["tun_flags", "0x1", { value: 1n }],
  ["packet_type", "(1,0x800)", { value: 0x1_0800n }],
];

Deno.test.each(TEXTS)("the value of %s with text %s is read and printed", (name, text, value) => {
  assert.deepEqual(parseValue(text, fieldNamed(name)), value);
  assert.equal(formatValue(value, fieldNamed(name)), text);
});

/** Texts that ovs-ofctl takes, too, and prints in another way. */
const OTHER_TEXTS: readonly Case[] = [
  ["ip_src", "10.9.0.1/32", { value: 0x0a09_0001n }],
  ["eth_src", "2:aa:0:0:0:1", { value: 0x02aa_0000_0001n }],
  ["ip_src", "0x0a090001", { value: 0x0a09_0001n }],
  ["tcp_flags", "syn|ack", { value: 0x12n }],
  ["reg0", "7/0xffffffff", { value: 7n }],
  ["ip_frag", "no", { value: 0n }],
  ["in_port", "0xfffffffe", { value: 0xfffen }],
];

Deno.test.each(OTHER_TEXTS)("the value of %s with text %s is read", (name, text, value) => {
  assert.deepEqual(parseValue(text, fieldNamed(name)), value);
});

const WRONG: readonly [field: string, text: string, state: RegExp][] = [
  ["tcp_dst", "http", /Cannot use number "http"/],
  ["ip_src", "10.0.0.0/33", /not in 0\.\.32/],
  ["ip_src", "010.0.0.1", /Cannot use number/],
  ["ipv6_src", "fd00::1%eth0", /not IPv6/],
  ["tcp_flags", "+mad", /Cannot use flag "mad"/],
  ["in_port", "p1", /Cannot use port "p1"/],
];

Deno.test.each(WRONG)("the value of %s with text %s is refused", (name, text, state) => {
  assert.throws(() => parseValue(text, fieldNamed(name)), (error) => {
    assert.ok(error instanceof TypeError);
    assert.ok(error.message.startsWith(`Cannot use value "${text}" of field "${name}": `));
    assert.match(error.message, state);
    assert.ok(error.cause instanceof TypeError);
    return true;
  });
});
