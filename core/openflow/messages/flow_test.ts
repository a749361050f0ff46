import assert from "node:assert/strict";
import { parseFlow } from "../text/flow_text.ts";
import { flowKey, flowsEqual } from "./flow.ts";

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
