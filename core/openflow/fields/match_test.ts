import assert from "node:assert/strict";
import { canonicalMatch, match, type MatchFields, matchSpec, meets, protocolOf } from "./match.ts";
import { PREREQUISITES } from "./protocols.ts";

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
  ["a fraction", { reg0: 1.5 }, /not one integer/],
  ["a mask", { eth_type: [1, 1] }, /as a whole/],
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

/** Pairs of what the switch takes for the same: ovs-fields(7) has the reasons under each field. */
const SAME: readonly [what: string, fields: MatchFields, canonical: MatchFields][] = [
  ["another name", { dl_src: "02:aa:00:00:00:01" }, { eth_src: "02:aa:00:00:00:01" }],
  ["bits outside the mask", { reg0: [7, 1] }, { reg0: [1, 1] }],
  ["a mask of all ones", { reg0: [7, 0xffffffff] }, { reg0: 7 }],
  ["a mask of zero", { reg0: [7, 0] }, {}],
  ["a wide register", { xreg0: (1n << 32n) | 2n }, { reg0: 1, reg1: 2 }],
  ["half a wide register", { xreg7: [3, 0xffff] }, { reg15: [3, 0xffff] }],
  ["the widest register", { xxreg0: [1n << 96n, 0xffn << 96n] }, { reg0: [1, 0xff] }],
  ["a tag", { vlan_tci: [0x1005, 0x1fff] }, { vlan_vid: 0x1005 }],
  ["a tag with its priority", { vlan_tci: 0x7005 }, { vlan_vid: 0x1005, vlan_pcp: 3 }],
  ["no tag", { vlan_tci: 0 }, { vlan_vid: 0 }],
  ["a type of service", { nw_tos: 32 }, { ip_dscp: 8 }],
  ["the type of all packets", { packet_type: 0 }, {}],
  ["another type of packet", { packet_type: "(1,0x800)" }, { packet_type: 0x10800 }],
  ["the port of OpenFlow 1.5", { in_port_oxm: 5 }, { in_port: 5 }],
];

Deno.test.each(SAME)("a match by %s is in one form", (_what, fields, canonical) => {
  assert.deepEqual(match(fields), match(canonical));
  assert.deepEqual(canonicalMatch(match(fields)), match(fields));
});

Deno.test("in_port has 32 bits in a match, and its other fields what the table says", () => {
  assert.equal(matchSpec("in_port").width, 32);
  assert.equal(matchSpec("eth_src").width, 48);
});

const PROTOCOL_WORDS: readonly [fields: MatchFields, word: string | undefined][] = [
  [{}, undefined],
  [{ in_port: 1 }, undefined],
  [{ eth_type: 0x800 }, "ip"],
  [{ eth_type: 0x86dd }, "ipv6"],
  [{ eth_type: 0x800, ip_proto: 6 }, "tcp"],
  [{ eth_type: 0x86dd, ip_proto: 6 }, "tcp6"],
  [{ eth_type: 0x800, ip_proto: 47 }, "ip"],
  [{ eth_type: 0x86dd, ip_proto: 58 }, "icmp6"],
  [{ ip_proto: 6 }, undefined],
  [{ eth_type: 0x806 }, "arp"],
];

Deno.test.each(PROTOCOL_WORDS)("the word for %j is %s", (fields, word) => {
  assert.equal(protocolOf(match(fields)), word);
});

Deno.test("a match meets a prerequisite if it asks for each of its values", () => {
  const solicitation = match({ eth_type: 0x86dd, ip_proto: 58, icmpv6_type: 135 });
  assert.ok(meets(solicitation, PREREQUISITES.nd_solicit));
  assert.ok(meets(solicitation, PREREQUISITES.ipv6));
  assert.ok(!meets(solicitation, PREREQUISITES.nd_advert));
  assert.ok(meets({}, {}));
});
