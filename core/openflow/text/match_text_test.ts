import assert from "node:assert/strict";
import { match, type MatchFields } from "../fields/match.ts";
import { formatMatch, nameInContext, parseMatch } from "./match_text.ts";
import { splitWords } from "./tokens.ts";

/** Words as `ovs-ofctl dump-flows` prints them, and in that order: ovs-fields(7). */
const WORDS: readonly [words: string, fields: MatchFields][] = [
  ["", {}],
  ["in_port=1", { in_port: 1 }],
  ["ip", { eth_type: 0x800 }],
  ["tcp,tp_dst=80", { eth_type: 0x800, ip_proto: 6, tcp_dst: 80 }],
  ["udp6,tp_src=68", { eth_type: 0x86dd, ip_proto: 17, udp_src: 68 }],
  ["icmp6,icmp_type=135", { eth_type: 0x86dd, ip_proto: 58, icmpv6_type: 135 }],
  ["icmp,icmp_type=8", { eth_type: 0x800, ip_proto: 1, icmp_type: 8 }],
  ["ip,nw_proto=47", { eth_type: 0x800, ip_proto: 47 }],
  ["dl_type=0x1234", { eth_type: 0x1234 }],
  ["arp,arp_spa=10.0.0.1", { eth_type: 0x806, arp_spa: "10.0.0.1" }],
  ["ip,nw_tos=32", { eth_type: 0x800, ip_dscp: 8 }],
  ["packet_type=(1,0x800),ip,reg0=0x1", { packet_type: 0x10800, eth_type: 0x800, reg0: 1 }],
  ["dl_vlan=5", { vlan_vid: 0x1005 }],
  ["dl_vlan=5,dl_vlan_pcp=3", { vlan_vid: 0x1005, vlan_pcp: 3 }],
  ["vlan_tci=0x1000/0x1000", { vlan_vid: [0x1000, 0x1000] }],
  ["vlan_tci=0x0000/0x1fff", { vlan_vid: 0 }],
  [
    "pkt_mark=0x3,ct_state=+trk,ip,reg5=0x5,tun_id=0x8,metadata=0x9,in_port=1,nw_src=1.2.3.4",
    {
      in_port: 1,
      eth_type: 0x800,
      ip_src: "1.2.3.4",
      metadata: 9,
      reg5: 5,
      pkt_mark: 3,
      tun_id: 8,
      ct_state: "+trk",
    },
  ],
];

Deno.test.each(WORDS)("words %s are a match, and printed as it", (words, fields) => {
  assert.deepEqual(parseMatch(splitWords(words)), match(fields));
  assert.equal(formatMatch(match(fields)).join(","), words);
});

/** Words that ovs-ofctl takes, too, and prints in another way. */
const OTHER_WORDS: readonly [words: string, fields: MatchFields][] = [
  ["tp_dst=80,nw_proto=6,dl_type=0x800", { eth_type: 0x800, ip_proto: 6, tcp_dst: 80 }],
  ["arp,nw_src=10.0.0.1,nw_proto=1", { eth_type: 0x806, arp_spa: "10.0.0.1", arp_op: 1 }],
  ["dl_vlan=0xffff", { vlan_vid: 0 }],
  ["dl_vlan_pcp=3", { vlan_pcp: 3, vlan_vid: [0x1000, 0x1000] }],
  ["reg0=0/0", {}],
];

Deno.test.each(OTHER_WORDS)("words %s are a match", (words, fields) => {
  assert.deepEqual(parseMatch(splitWords(words)), match(fields));
});

Deno.test("a name that several fields have means that of the protocol", () => {
  const names = (fields: MatchFields) =>
    ["tp_src", "icmp_type", "nw_src"].map((name) => nameInContext(name, match(fields)));
  assert.deepEqual(names({ eth_type: 0x800, ip_proto: 6 }), ["tcp_src", "icmp_type", "ip_src"]);
  assert.deepEqual(names({ eth_type: 0x86dd, ip_proto: 58 }), ["tp_src", "icmpv6_type", "nw_src"]);
  assert.deepEqual(names({ eth_type: 0x806 }), ["tp_src", "icmp_type", "arp_spa"]);
});

Deno.test.each(["tp_dst=80", "nonsense=1", "in_port=", "dl_vlan=x"])(
  "a word %s is no match by itself",
  (word) => {
    assert.throws(() => parseMatch([word]), TypeError);
  },
);
