import assert from "node:assert/strict";
import { BundleError, formatFlow, formatGroup, OpenFlowClient, parseFlow } from "../mod.ts";
import { addFlow, addGroup, flowsOf } from "../testing/members.ts";
import { TestSwitch } from "../testing/switch.ts";

Deno.test("a bundle makes all its changes, in order", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  await client.bundle([]);
  await client.bundle([
    addGroup("group_id=7,type=all,bucket=bucket_id:0,actions=output:1"),
    addFlow("table=1,priority=5,in_port=1,actions=group:7"),
    addFlow("table=1,priority=5,in_port=2,actions=drop"),
  ]);
  const modified = parseFlow("table=1,priority=5,in_port=1,actions=output:3");
  const gone = parseFlow("table=1,priority=5,in_port=2");
  await client.bundle([
    { type: "flow_mod", command: "modify_strict", flow: modified },
    { type: "flow_mod", command: "delete_strict", flow: gone },
    { type: "group_mod", command: "delete", group: { id: 7, type: "all", buckets: [] } },
    addGroup("group_id=8,type=indirect,bucket=bucket_id:0,actions=resubmit(,30)"),
  ]);
  assert.deepEqual(await flowsOf(client), ["table=1, priority=5,in_port=1 actions=output:3"]);
  const groups = await client.dumpGroups();
  assert.deepEqual(groups.map(formatGroup), [
    "group_id=8,type=indirect,bucket=bucket_id:0,actions=resubmit(,30)",
  ]);
});

const BAD_MEMBERS: readonly [error: string, member: string][] = [
  ["OFPBAC_BAD_OUT_GROUP", "actions=group:99"],
  ["OFPFMFC_BAD_TABLE_ID", "table=255,actions=drop"],
  ["OFPBMC_BAD_PREREQ", "nw_src=10.0.0.1,actions=drop"],
  ["OFPBAC_BAD_ARGUMENT", "actions=learn(table=255,in_port=1)"],
  ["OFPBAC_BAD_OUT_PORT", "actions=output:4294967040"],
];

Deno.test("a bundle with a bad member changes nothing and names the member", async (t) => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  for (const [name, text] of BAD_MEMBERS) {
    await t.step(name, async () => {
      const members = [
        addFlow("in_port=1,actions=drop"),
        addFlow(text),
        addFlow("in_port=2,actions=drop"),
      ];
      await assert.rejects(client.bundle(members), (error) => {
        assert.ok(error instanceof BundleError);
        assert.equal(error.errorName, name);
        assert.equal(error.index, 1);
        assert.ok(error.message.includes(formatFlow(parseFlow(text))), error.message);
        return true;
      });
      assert.deepEqual(await client.dumpFlows(), []);
    });
  }
  await client.bundle([addFlow("actions=drop")]); // the connection is as good as before
});

Deno.test("a bad member is named wherever it is in a large bundle, and nothing is changed", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const members = Array.from(
    { length: 2500 },
    (_, port) => addFlow(`in_port=${port + 1},actions=drop`),
  );
  for (const bad of [0, 499, 500, 1234, 2499]) {
    const some = members.with(bad, addFlow("actions=group:99"));
    await assert.rejects(client.bundle(some), { name: "BundleError", index: bad });
  }
  assert.deepEqual(await client.dumpFlows(), []);
  let parts = 0;
  await client.bundle(members, () => parts++);
  assert.ok(parts > 1, `${parts}`);
  assert.equal((await client.dumpFlows()).length, members.length);
});
