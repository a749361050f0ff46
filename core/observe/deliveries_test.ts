/** Which flows of the owner count as those that send packets to a port. */
import assert from "node:assert/strict";
import { parseFlow } from "../openflow/mod.ts";
import { deliveriesIn, deliversTo } from "./deliveries.ts";

Deno.test.each<[string, number | undefined]>([
  ["table=65,priority=100,reg15=0x2,metadata=0x1,actions=output:7", 7],
  ["table=89,priority=100,reg15=0x2,metadata=0x1,actions=output:7", 7],
  ["table=0,priority=100,in_port=3,actions=output:7", undefined],
  ["table=65,priority=100,reg15=0x2,actions=output:7,output:8", undefined],
  ["table=65,priority=100,reg15=0x2,actions=pop_vlan,output:7", undefined],
  ["table=65,priority=100,reg15=0x2,actions=clone(output:7)", undefined],
  ["table=65,priority=100,reg15=0x2,actions=NORMAL", undefined],
  ["table=65,priority=100,reg15=0x2,actions=LOCAL", undefined],
  ["table=65,priority=100,reg15=0x2,actions=drop", undefined],
])("%s sends packets to port %s alone", (flow, port) => {
  assert.equal(deliversTo(parseFlow(flow)), port);
});

Deno.test("several flows may send packets to one port; Sluice's own do not count", () => {
  const flows = [
    "table=65,priority=100,reg15=0x2,metadata=0x1,actions=output:7",
    "table=65,priority=100,reg15=0x3,metadata=0x1,actions=output:7",
    "table=65,priority=100,reg15=0x4,metadata=0x1,actions=output:8",
    "cookie=0x51ce000000000000,table=65,priority=65000,reg15=0x5,metadata=0x1,actions=output:9",
  ].map((flow) => parseFlow(flow));
  const found = [...deliveriesIn(flows)].map(([port, all]) => [
    port,
    all.map(({ table, match }) => [table, match.reg15?.value]),
  ]);
  assert.deepEqual(found, [[7, [[65, 2n], [65, 3n]]], [8, [[65, 4n]]]]);
});
