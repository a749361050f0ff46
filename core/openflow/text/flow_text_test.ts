import assert from "node:assert/strict";
import { match } from "../fields/match.ts";
import type { Flow } from "../messages/flow.ts";
import type { FlowFilter } from "../messages/flow_messages.ts";
import { formatFilter, formatFlow, parseFlow } from "./flow_text.ts";

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
  "udp,tcp_src=6,actions=drop",
  "ip,arp_op=1,actions=drop",
];

Deno.test.each(BAD_TEXTS)("%s is no flow", (text) => {
  assert.throws(() => parseFlow(text), TypeError);
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

Deno.test("a flow is read from a line of a dump, whose counters are no part of it", () => {
  const flow = parseFlow(
    " cookie=0x51, duration=2.5s, table=3, n_packets=7, n_bytes=9, idle_timeout=30, idle_age=1, " +
      "send_flow_rem priority=5,in_port=1 actions=output:2",
  );
  assert.deepEqual(flow, {
    table: 3,
    priority: 5,
    cookie: 0x51n,
    match: match({ in_port: 1 }),
    actions: [{ type: "output", port: 2 }],
    idleTimeout: 30,
    flags: ["send_flow_rem"],
  });
});

Deno.test("a flow that says nothing has the table, priority and cookie of ovs-ofctl", () => {
  const nothing = { table: 0, priority: 0x8000, cookie: 0n, match: {}, actions: [] };
  for (const text of ["", "actions=drop"]) assert.deepEqual(parseFlow(text), nothing);
});

Deno.test("names that every object of JavaScript has are neither fields nor actions", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty", "__proto__"]) {
    for (const text of [`${name}=1,actions=drop`, `actions=${name}`, `actions=${name}:1`]) {
      assert.throws(() => parseFlow(text), TypeError, text);
    }
  }
});

const FILTERS: readonly [text: string, filter: FlowFilter][] = [
  ["", {}],
  ["table=3", { table: 3 }],
  ["cookie=0x51/0xffffffffffffffff", { cookie: 0x51n }],
  ["table=3,cookie=0x50/0xf0,in_port=1", {
    table: 3,
    cookie: 0x50n,
    cookieMask: 0xf0n,
    match: match({ in_port: 1 }),
  }],
];

Deno.test.each(FILTERS)("filter %s is printed as ovs-ofctl takes it", (text, filter) => {
  assert.equal(formatFilter(filter), text);
});
