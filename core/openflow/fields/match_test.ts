import assert from "node:assert/strict";
import { match, type MatchFields } from "./match.ts";

Deno.test("a match is built from numbers and texts", () => {
  const built = match({
    in_port: 1,
    eth_src: "02:aa:00:00:00:01",
    eth_type: 0x800,
    reg15: [0, 0x80000000],
    ip_dst: "10.0.0.0/8",
    ct_state: "+trk-new",
    vlan_vid: [0x1000n, 0x1000n],
  });
  assert.deepEqual(built, {
    in_port: { value: 1n },
    eth_src: { value: 0x02aa00000001n },
    eth_type: { value: 0x800n },
    reg15: { value: 0n, mask: 0x80000000n },
    ip_dst: { value: 0x0a000000n, mask: 0xff000000n },
    ct_state: { value: 0x20n, mask: 0x21n },
    vlan_vid: { value: 0x1000n, mask: 0x1000n },
  });
  assert.deepEqual(match({ ipv6_dst: "fd09::1" }).ipv6_dst, { value: 0xfd09n << 112n | 1n });
});

const BAD_MATCHES: readonly [string, MatchFields, RegExp][] = [
  ["a name", { nonsense: 1 }, /Cannot use field "nonsense": there is none/],
  [
    "a value",
    { eth_type: 0x10000 },
    /Cannot use value "65536" of field "eth_type": not in 0\.\.65535/,
  ],
  ["a negative value", { reg0: -1 }, /not in 0/],
  ["a fraction", { reg0: 1.5 }, /not one value/],
  ["a mask", { eth_type: [1, 1] }, /has none/],
  ["a wide mask", { reg0: [0, 1n << 32n] }, /not in 0/],
  ["an address", { eth_src: "hello" }, /Cannot use value "hello" of field "eth_src"/],
  ["an IPv4 address", { ip_src: "10.0.0.256" }, /field "ip_src"/],
  ["an IPv6 address", { ipv6_src: "fd00::1::2" }, /field "ipv6_src"/],
  ["a prefix", { ip_src: "10.0.0.0/33" }, /Cannot use prefix "33"/],
  ["a flag", { ct_state: "+nonsense" }, /Cannot use flag "nonsense"/],
];

Deno.test.each(BAD_MATCHES)("%s that is wrong is no match", (_name, fields, message) => {
  assert.throws(
    () => match(fields),
    (error) => error instanceof TypeError && message.test(error.message),
  );
});
