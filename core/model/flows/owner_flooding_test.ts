import assert from "node:assert/strict";
import { parseFlow } from "../../openflow/mod.ts";
import { floodsToAll, isNormal } from "./owner_flooding.ts";

Deno.test.each<[string, readonly string[], boolean]>([
  ["only NORMAL", ["priority=0,actions=NORMAL"], true],
  ["NORMAL before others", ["priority=5,actions=NORMAL", "priority=1,arp,actions=drop"], true],
  ["a flow before NORMAL", ["priority=0,actions=NORMAL", "priority=1,ip,actions=drop"], false],
  ["NORMAL for a part", ["priority=0,ip,actions=NORMAL"], false],
  ["NORMAL and more", ["priority=0,actions=NORMAL,output:1"], false],
  [
    "flows of other tables",
    ["priority=0,actions=NORMAL", "table=7,priority=9,ip,actions=drop"],
    true,
  ],
  ["no flow", [], false],
  ["FLOOD", ["priority=0,actions=FLOOD"], false],
])("NORMAL gets every packet: %s", (_, flows, normal) => {
  assert.equal(isNormal(flows.map((text) => parseFlow(text))), normal);
});

Deno.test("NORMAL floods to all ports of a VLAN unless a setting of the bridge says otherwise", () => {
  const facts = { name: "br0", external_ids: {}, ovsExternalIDs: {}, datapathType: "" };
  assert.equal(floodsToAll(facts), true);
  assert.equal(floodsToAll({ ...facts, multicastSnooping: false, mirrors: 0 }), true);
  assert.equal(floodsToAll({ ...facts, multicastSnooping: true }), false);
  assert.equal(floodsToAll({ ...facts, mirrors: 1 }), false);
});
