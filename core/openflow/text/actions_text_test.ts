import assert from "node:assert/strict";
import { PORT } from "../fields/ports.ts";
import { parseSubfield as part } from "../fields/subfields.ts";
import type { Action } from "../messages/action_types.ts";
import { formatActions } from "./action_format.ts";
import { parseActions } from "./action_parse.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

/** Each action as `ovs-ofctl dump-flows` prints it: ovs-actions(7) has a section for each. */
const TEXTS: readonly [text: string, actions: readonly Action[]][] = [
  ["drop", []],
  ["output:2", [{ type: "output", port: 2 }]],
  ["NORMAL,IN_PORT", [{ type: "output", port: PORT.NORMAL }, {
    type: "output",
    port: PORT.IN_PORT,
  }]],
  ["output(port=2,max_len=100)", [{ type: "output", port: 2, maxLength: 100 }]],
  ["output:NXM_NX_REG1[0..15]", [{ type: "output_field", from: part("reg1[0..15]") }]],
  ["CONTROLLER:128", [{ type: "controller", maxLength: 128 }]],
  [
    "controller(reason=no_match,id=7,userdata=0a.0b,pause,meter_id=3)",
    [{
      type: "controller",
      maxLength: 65535,
      reason: 0,
      id: 7,
      userdata: bytes(10, 11),
      pause: true,
      meter: 3,
    }],
  ],
  ["group:7", [{ type: "group", group: 7 }]],
  ["set_field:0x1->reg14", [{ type: "set_field", field: "reg14", value: 1n }]],
  [
    "set_field:10.0.0.0/8->ip_src",
    [{ type: "set_field", field: "ip_src", value: 0x0a00_0000n, mask: 0xff00_0000n }],
  ],
  [
    "move:NXM_NX_REG12[0..15]->NXM_OF_IN_PORT[]",
    [{ type: "move", from: part("reg12[0..15]"), to: part("in_port") }],
  ],
  ["load:0x5->NXM_NX_REG0[3]", [{ type: "load", value: 5n, to: part("reg0[3]") }]],
  ["push:NXM_NX_REG0[]", [{ type: "push", subfield: part("reg0") }]],
  ["pop:NXM_NX_REG0[]", [{ type: "pop", subfield: part("reg0") }]],
  ["resubmit:3", [{ type: "resubmit", port: 3 }]],
  ["resubmit(,5)", [{ type: "resubmit", table: 5 }]],
  ["resubmit(3,6,ct)", [{ type: "resubmit", port: 3, table: 6, ct: true }]],
  ["clone(output:1,output:2)", [{
    type: "clone",
    actions: [{ type: "output", port: 1 }, { type: "output", port: 2 }],
  }]],
  ["push_vlan:0x8100", [{ type: "push_vlan", ethertype: 0x8100 }]],
  ["push_mpls:0x8847,pop_mpls:0x0800", [
    { type: "push_mpls", ethertype: 0x8847 },
    { type: "pop_mpls", ethertype: 0x800 },
  ]],
  ["dec_ttl(1,2)", [{ type: "dec_ttl", ids: [1, 2] }]],
  ["dec_ttl", [{ type: "dec_ttl" }]],
  ["set_mpls_ttl(9),mod_nw_ttl:8", [
    { type: "set_mpls_ttl", ttl: 9 },
    { type: "set_nw_ttl", ttl: 8 },
  ]],
  ["set_queue:5", [{ type: "set_queue", queue: 5 }]],
  // Clauses are counted from 1 in text and from 0 on the wire.
  ["conjunction(9,1/2)", [{ type: "conjunction", id: 9, clause: 0, clauses: 2 }]],
  ["note:01.02", [{ type: "note", bytes: bytes(1, 2) }]],
  ["fin_timeout(idle_timeout=5,hard_timeout=9)", [
    { type: "fin_timeout", idleTimeout: 5, hardTimeout: 9 },
  ]],
  ["check_pkt_larger(1500)->NXM_NX_REG0[0]", [
    { type: "check_pkt_larger", length: 1500, to: part("reg0[0]") },
  ]],
  ["delete_field:tun_id", [{ type: "delete_field", field: "tun_id" }]],
  ["ct(commit,force,table=4,zone=5,alg=ftp)", [
    { type: "ct", commit: true, force: true, table: 4, zone: 5, algorithmPort: 21 },
  ]],
  ["ct(zone=NXM_NX_REG0[0..15],nat,exec(set_field:0x5->ct_mark))", [{
    type: "ct",
    zone: part("reg0[0..15]"),
    actions: [{ type: "nat" }, { type: "set_field", field: "ct_mark", value: 5n }],
  }]],
  ["nat(src=10.0.0.1-10.0.0.9:100-200,random)", [{
    type: "nat",
    direction: "src",
    family: "ipv4",
    firstAddress: 0x0a00_0001n,
    lastAddress: 0x0a00_0009n,
    firstPort: 100,
    lastPort: 200,
    options: ["random"],
  }]],
  ["nat(dst=[fd00::1]:80,persistent,hash)", [{
    type: "nat",
    direction: "dst",
    family: "ipv6",
    firstAddress: (0xfd00n << 112n) | 1n,
    firstPort: 80,
    options: ["persistent", "hash"],
  }]],
  ["multipath(symmetric_l4,1024,hrw,4,0,NXM_NX_REG0[0..7])", [{
    type: "multipath",
    fields: "symmetric_l4",
    basis: 1024,
    algorithm: "hrw",
    links: 4,
    argument: 0,
    to: part("reg0[0..7]"),
  }]],
  ["bundle(eth_src,0,active_backup,ofport,members:1,2)", [
    { type: "bundle", fields: "eth_src", basis: 0, algorithm: "active_backup", members: [1, 2] },
  ]],
  ["bundle_load(nw_src,50,hrw,ofport,NXM_NX_REG0[],members:1,2)", [{
    type: "bundle",
    fields: "nw_src",
    basis: 50,
    algorithm: "hrw",
    members: [1, 2],
    to: part("reg0"),
  }]],
  [
    "sample(probability=9,collector_set_id=1,obs_domain_id=2,obs_point_id=3,sampling_port=4,egress)",
    [{
      type: "sample",
      probability: 9,
      collectorSet: 1,
      domain: 2,
      point: 3,
      port: 4,
      direction: "egress",
    }],
  ],
  [
    "learn(table=7,idle_timeout=10,priority=9,cookie=0x9,limit=5,result_dst=NXM_NX_REG0[3]," +
    "NXM_OF_ETH_SRC[],eth_type=0x800,load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]," +
    "load:0x1->NXM_NX_REG10[12],output:NXM_OF_IN_PORT[])",
    [{
      type: "learn",
      table: 7,
      priority: 9,
      cookie: 9n,
      idleTimeout: 10,
      limit: 5,
      result: part("reg0[3]"),
      specs: [
        { type: "match_field", from: part("eth_src"), to: part("eth_src") },
        { type: "match_value", value: 0x800n, to: part("eth_type") },
        { type: "load_field", from: part("in_port"), to: part("reg12[0..15]") },
        { type: "load_value", value: 1n, to: part("reg10[12]") },
        { type: "output", from: part("in_port") },
      ],
    }],
  ],
  ["raw(ffff0010)", [{ type: "raw", bytes: bytes(0xff, 0xff, 0, 16) }]],
  ["meter:5", [{ type: "meter", meter: 5 }]],
  ["write_actions(output:2)", [{ type: "write_actions", actions: [{ type: "output", port: 2 }] }]],
  ["write_metadata:0x1/0xf", [{ type: "write_metadata", value: 1n, mask: 15n }]],
  ["pop_vlan,dec_mpls_ttl,pop_queue,ct_clear,exit,dec_nsh_ttl,clear_actions,goto_table:9", [
    { type: "pop_vlan" },
    { type: "dec_mpls_ttl" },
    { type: "pop_queue" },
    { type: "ct_clear" },
    { type: "exit" },
    { type: "dec_nsh_ttl" },
    { type: "clear_actions" },
    { type: "goto_table", table: 9 },
  ]],
];

Deno.test.each(TEXTS)("actions %s are read and printed", (text, actions) => {
  assert.deepEqual(parseActions(text), actions);
  assert.equal(formatActions(actions), text);
});

/** Older words that stand for one of today's actions. */
const OLDER: readonly [text: string, today: string][] = [
  ["1", "output:1"],
  ["LOCAL", "output:LOCAL"],
  ["strip_vlan", "pop_vlan"],
  ["set_tunnel:9", "set_field:9->tun_id"],
  ["mod_dl_dst:02:00:00:00:00:01", "set_field:02:00:00:00:00:01->eth_dst"],
  ["mod_nw_tos:64", "set_field:16->ip_dscp"],
  ["mod_vlan_vid:9", "push_vlan:0x8100,set_field:4105->vlan_vid"],
  ["controller", "CONTROLLER:65535"],
  ["learn()", "learn(table=1,priority=32768)"],
];

Deno.test.each(OLDER)("action %s is %s", (text, today) => {
  assert.deepEqual(parseActions(text), parseActions(today));
});

Deno.test("an older word depends on what the flow matches", () => {
  const tcp = { eth_type: { value: 0x800n }, ip_proto: { value: 6n } };
  assert.deepEqual(parseActions("mod_tp_dst:6", tcp), parseActions("set_field:6->tcp_dst"));
  assert.throws(() => parseActions("mod_tp_dst:6"), TypeError);
  const tagged = { vlan_vid: { value: 0x1005n } };
  assert.deepEqual(parseActions("mod_vlan_pcp:5", tagged), parseActions("set_field:5->vlan_pcp"));
});

const WRONG = [
  "nonsense",
  "nat(src=fd00::1::2)",
  "ct(table=x)",
  "controller(reason=nonsense)",
  "bundle(nonsense,0,hrw,ofport,members:1)",
  "learn(NXM_OF_ETH_TYPE[]=0x12345)",
  "set_field:1->nonsense",
  "move:NXM_NX_REG0[]",
  "conjunction(1)",
];

Deno.test.each(WRONG)("action %s is refused", (text) => {
  assert.throws(() => parseActions(text), TypeError);
});
