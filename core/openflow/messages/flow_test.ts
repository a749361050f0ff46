import assert from "node:assert/strict";
import { errorName, niciraErrorName } from "./error_codes.ts";
import { FIELDS, findField } from "../fields/fields.ts";
import { type Flow, flowKey, flowsEqual } from "./flow.ts";
import { formatFlow, parseFlow } from "../text/flow_text.ts";
import { parseGroup } from "../text/group_text.ts";
import { match, type MatchFields } from "../fields/match.ts";

/** Pairs that the switch takes for the same. */
const SAME: readonly [string, string][] = [
  ["reg15=0/0x80000000,actions=drop", "reg15=0x1/0x80000000,actions="],
  ["dl_src=02:00:00:00:00:01/ff:ff:ff:ff:ff:ff", "eth_src=2:0:0:0:0:1"],
  ["ip,nw_dst=10.9.0.1/32", "dl_type=0x0800,ip_dst=10.9.0.1"],
  ["icmp6,icmp_type=135", "ipv6,nw_proto=58,icmpv6_type=135"],
  ["vlan_tci=0x1000/0x1000", "vlan_vid=0x1000/0x1000"],
  ["dl_vlan=5", "vlan_tci=0x1005/0x1fff"],
  ["xreg7=0x100000000/0xffffffff0000ffff", "reg14=1,reg15=0/0xffff"],
  ["ip,nw_tos=32", "ip,ip_dscp=8"],
  ["tcp,tp_dst=80", "tcp,tcp_dst=80"],
  ["arp,nw_src=10.0.0.1,nw_proto=1", "arp,arp_spa=10.0.0.1,arp_op=1"],
  ["reg0=0/0", ""],
  ["actions=load:0x1->NXM_NX_REG12[0..15]", "actions=set_field:0x1/0xffff->reg12"],
  ["actions=load:0x1->NXM_NX_REG12[]", "actions=set_field:1->reg12"],
  ["actions=mod_dl_src:02:00:00:00:00:01", "actions=set_field:02:00:00:00:00:01->eth_src"],
  ["actions=goto_table:3,output:1", "actions=output:1,goto_table:3"],
  ["actions=CONTROLLER", "actions=controller(max_len=65535)"],
  ["actions=strip_vlan", "actions=pop_vlan"],
  ["idle_timeout=0,actions=drop", "actions=drop"],
  ["check_overlap,actions=drop", "actions=drop"],
];

Deno.test.each(SAME)("%s is the same flow as %s", (a, b) => {
  assert.equal(flowKey(parseFlow(a)), flowKey(parseFlow(b)));
  assert.ok(flowsEqual(parseFlow(a), parseFlow(b)));
});

const DIFFERENT: readonly [string, string][] = [
  ["in_port=1", "in_port=2"],
  ["reg15=0/0x80000000", "reg15=0"],
  ["table=1", "table=2"],
  ["priority=1", "priority=2"],
  ["cookie=1", "cookie=2"],
  ["idle_timeout=1", "hard_timeout=1"],
  ["send_flow_rem,actions=drop", "actions=drop"],
  ["actions=output:1,output:2", "actions=output:2,output:1"],
  ["actions=learn(table=1)", "actions=learn(table=1,limit=5)"],
];

Deno.test.each(DIFFERENT)("%s is another flow than %s", (a, b) => {
  assert.ok(!flowsEqual(parseFlow(a), parseFlow(b)));
});

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

const BAD_TEXTS = [
  "in_port=1,actions=nonsense",
  "nonsense=1,actions=drop",
  "actions=resubmit(",
  "actions=set_field:1",
  "actions=output:nowhere",
  "actions=learn(table=1,NXM_OF_ETH_SRC[0..99])",
  "actions=load:0x1->NXM_NX_REG0[5..3]",
  "priority=65536",
  "actions=multipath(nonsense,0,hrw,1,0,NXM_NX_REG0[])",
  "actions=note:0",
];

Deno.test.each(BAD_TEXTS)("%s is no flow", (text) => {
  assert.throws(() => parseFlow(text), TypeError);
});

Deno.test("a group of no type is no group", () => {
  assert.throws(() => parseGroup("group_id=1,type=nonsense"), TypeError);
  assert.throws(() => parseGroup("type=all"), TypeError);
});

Deno.test("a flow is printed as ovs-ofctl prints it", () => {
  const flow: Flow = {
    table: 200,
    priority: 10,
    cookie: 0n,
    match: match({ in_port: 1, eth_src: "02:aa:00:00:00:01" }),
    actions: [{ type: "set_field", field: "reg14", value: 1n }, { type: "resubmit", table: 201 }],
  };
  assert.equal(
    formatFlow(flow),
    "table=200, priority=10,in_port=1,dl_src=02:aa:00:00:00:01 actions=set_field:0x1->reg14,resubmit(,201)",
  );
  assert.match(
    formatFlow({ ...flow, cookie: 0x51n, idleTimeout: 3 }),
    /^cookie=0x51, table=200, idle_timeout=3, /,
  );
});

Deno.test("no two fields share a name or a header", () => {
  const names = FIELDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  const headers = FIELDS.flatMap(({ header, shortHeader }) =>
    [...new Set([header, shortHeader])].map((each) =>
      `${each.class} ${each.number} ${each.experimenter}`
    )
  );
  assert.equal(new Set(headers).size, headers.length);
  assert.equal(findField("NXM_OF_ETH_SRC")?.name, "eth_src");
});

Deno.test("errors have names", () => {
  assert.equal(errorName(5, 2), "OFPFMFC_BAD_TABLE_ID");
  assert.equal(errorName(17, 13), "OFPBFC_MSG_FAILED");
  assert.equal(errorName(13, 2), "OFPET_TABLE_FEATURES_FAILED(2)");
  assert.equal(errorName(99, 1), "OFPET(99,1)");
  assert.equal(niciraErrorName(22), "OFPBFC_BAD_VERSION");
  assert.equal(niciraErrorName(999), "NXERR(999)");
});
