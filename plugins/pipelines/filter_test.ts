/** The rows that rules come to: what each trap looks like as text, and how many rows there are. */
import assert from "node:assert/strict";
import { formatFlow } from "../../core/openflow/mod.ts";
import type { PacketDirection, Rule } from "../../core/api.ts";
import { type Filter, filterRows } from "./_filter.ts";
import { rowsFrom } from "./_rows.ts";

const ID = 7;
const HIT = "set_field:0x1000000/0x1000000->reg15";

function rowsOf(rules: readonly Rule[], more: Partial<Filter> = {}) {
  return filterRows(rowsFrom(200), { id: ID, direction: "egress", rules, ...more });
}

/** The rows without what all of them have. `yes` marks a packet, `no` does nothing. */
function texts(rules: readonly Rule[], direction: PacketDirection = "egress"): string[] {
  return rowsOf(rules, { direction }).map((row) =>
    formatFlow({ ...row, cookie: 0n } as Parameters<typeof formatFlow>[0])
      .replace(/^table=210, priority=/, "").replace(",reg6=0x7", "").replace(" actions=", " ")
      .replace(HIT, "yes").replace("drop", "no").replace(/conjunction\(\d+,/, "part(")
      .replace(/conj_id=\d+/, "whole")
  );
}

const TCP = { action: "Include", protocol: 6 } as const;
const UDP = { action: "Include", protocol: 17 } as const;
const blocks = (count: number) => Array.from({ length: count }, (_, i) => `10.${i}.0.0/16`);
/** Single ports that no mask joins. */
const ports = (count: number) =>
  Array.from({ length: count }, (_, i): [number, number] => [2 * i + 1, 2 * i + 1]);

Deno.test.each<[string, readonly Rule[], readonly string[], PacketDirection?]>([
  ["no rule: every packet", [], ["0 yes"]],
  ["a rule that names nothing matches everything", [{ action: "Include" }], ["1000 yes"]],
  ["a rule Skip alone: every other packet", [{ action: "Skip", peers: ["10.0.0.0/8"] }], [
    "1000,ip,nw_dst=10.0.0.0/8 no",
    "0 yes",
  ]],
  ["the first rule has the highest priority", [
    { action: "Skip", peers: ["10.0.0.1/32"] },
    { action: "Include", peers: ["10.0.0.0/8"] },
  ], ["1000,ip,nw_dst=10.0.0.1 no", "999,ip,nw_dst=10.0.0.0/8 yes"]],
  ["the peer of a packet to the Pod is its source", [{ action: "Include", peers: ["fd00::/8"] }], [
    "1000,ipv6,ipv6_src=fd00::/8 yes",
  ], "ingress"],
  ["0.0.0.0/0 restricts to IPv4", [{ action: "Include", peers: ["0.0.0.0/0"] }], ["1000,ip yes"]],
  ["no peer is left: the rule matches nothing, and is a rule Include all the same", [
    { action: "Include", peers: [] },
  ], []],
  ["ICMP is another protocol over IPv6", [{ action: "Include", protocol: "ICMP" }], [
    "1000,icmp yes",
    "1000,icmp6 yes",
    "1000,ipv6,nw_frag=later,nw_proto=44 yes",
  ]],
  ["a rule Skip leaves later fragments of IPv6, and so the first ones", [
    { action: "Skip", protocol: "ICMP" },
  ], ["1000,icmp no", "1000,icmp6,nw_frag=no no", "0 yes"]],
  ["a protocol of which fragments have the number", [{ action: "Skip", protocol: 44 }], [
    "1000,ip,nw_proto=44 no",
    "1000,ipv6,nw_proto=44 no",
    "0 yes",
  ]],
  ["ports of either side are two rows; fragments match whatever their ports are", [
    { ...UDP, peers: ["10.0.0.0/8"], ports: [[53, 53]] },
  ], [
    "1000,udp,nw_dst=10.0.0.0/8,nw_frag=no,tp_src=53 yes",
    "1000,udp,nw_dst=10.0.0.0/8,nw_frag=no,tp_dst=53 yes",
    "1000,udp,nw_dst=10.0.0.0/8,nw_frag=yes yes",
  ]],
  [
    "a rule Skip with ports takes no fragment",
    [
      { ...TCP, action: "Skip", peers: ["::/0"], podPorts: [[22, 22]] },
    ],
    ["1000,tcp6,nw_frag=no,tp_dst=22 no", "0 yes"],
    "ingress",
  ],
  ["connection starts, and fragments, which may be some", [
    { ...TCP, peers: ["10.0.0.0/8"], tcpFlags: "SYN" },
  ], [
    "1000,tcp,nw_dst=10.0.0.0/8,nw_frag=no,tcp_flags=+syn-ack yes",
    "1000,tcp,nw_dst=10.0.0.0/8,nw_frag=yes yes",
  ]],
  ["a range of ports is values with masks", [
    { ...TCP, action: "Skip", peers: ["0.0.0.0/0"], peerPorts: [[1000, 1007], [65535, 65535]] },
  ], [
    "1000,tcp,nw_frag=no,tp_dst=0x3e8/0xfff8 no",
    "1000,tcp,nw_frag=no,tp_dst=65535 no",
    "0 yes",
  ]],
  ["both ends' ports, each a list with one member: one row", [
    { ...TCP, action: "Skip", peers: ["10.0.0.0/8"], podPorts: [[1, 1]], peerPorts: [[2, 2]] },
  ], ["1000,tcp,nw_dst=10.0.0.0/8,nw_frag=no,tp_src=1,tp_dst=2 no", "0 yes"]],
  ["three peers and three ports are a conjunction, and its whole is one row", [
    { ...TCP, peers: blocks(3), peerPorts: ports(3) },
  ], [
    "1000,ip,nw_dst=10.0.0.0/16 part(1/2)",
    "1000,ip,nw_dst=10.1.0.0/16 part(1/2)",
    "1000,ip,nw_dst=10.2.0.0/16 part(1/2)",
    "1000,tcp,nw_frag=no,tp_dst=1 part(2/2)",
    "1000,tcp,nw_frag=no,tp_dst=3 part(2/2)",
    "1000,tcp,nw_frag=no,tp_dst=5 part(2/2)",
    "1000,tcp,nw_frag=yes part(2/2)",
    "1000,whole,ip yes",
  ]],
])("rows: %s", (_, rules, expected, direction) => {
  // A test without a fourth entry gets its context there
  assert.deepEqual(texts(rules, direction === "ingress" ? direction : "egress"), expected);
});

Deno.test.each<[string, Rule, number]>([
  ["10 ports x 10 peers", { ...TCP, peers: blocks(10), peerPorts: ports(10) }, 22],
  ["10 ports of either side x 10 peers", { ...TCP, peers: blocks(10), ports: ports(10) }, 32],
  [
    "three lists of 10; fragments once for each peer",
    { ...TCP, peers: blocks(10), podPorts: ports(10), peerPorts: ports(10) },
    41,
  ],
  ["10 ports, both families", { ...TCP, peerPorts: ports(10) }, 23],
  [
    "64 x 64 x 64",
    { ...TCP, peers: blocks(64), podPorts: ports(64), peerPorts: ports(64) },
    64 * 4 + 1,
  ],
])("the rows of a rule are the sum of its lists: %s", (_, rule, expected) => {
  assert.equal(rowsOf([rule]).length, expected);
});

Deno.test("no conjunction has the number of another one, and none is 0", () => {
  const rule: Rule = {
    ...TCP,
    peers: [...blocks(4), "fd00::/8", "fe80::/16", "2001:db8::/32", "2002::/16"],
    podPorts: ports(4),
    peerPorts: ports(4),
  };
  const rules = Array.from({ length: 32 }, () => rule);
  const idsOf = (id: number, direction: PacketDirection) =>
    rowsOf(rules, { id, direction }).flatMap(({ match }) =>
      match.conj_id ? [match.conj_id.value] : []
    );
  for (const id of [1, 0xffff_ffff]) {
    const ids = idsOf(id, "egress");
    // IPv4: ports; IPv6: ports, fragments
    assert.equal(ids.length, 32 * 3);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((each) => each > 0n && each <= 0xffff_ffffn));
    assert.ok(new Set(ids).isDisjointFrom(new Set(idsOf(id, "ingress"))));
  }
});

Deno.test("two filters share no row, and rows are the same when they are made again", () => {
  const rules: Rule[] = [{ ...TCP, peers: blocks(5), ports: ports(5) }];
  const keys = (id: number) => new Set(rowsOf(rules, { id }).map((row) => inspect(row)));
  assert.deepEqual(keys(1), keys(1));
  assert.ok(keys(1).isDisjointFrom(keys(2)));
});
const inspect = (row: object) =>
  JSON.stringify(row, (_, value) => typeof value === "bigint" ? String(value) : value);
