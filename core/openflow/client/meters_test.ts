import assert from "node:assert/strict";
import { type Meter, OpenFlowClient, OpenFlowError } from "../mod.ts";
import { addFlow, flowsOf } from "../testing/members.ts";
import { TestSwitch } from "../testing/switch.ts";

const METER: Meter = { id: 0x51000007, limit: { unit: "packets", rate: 200, burst: 20 } };

Deno.test("meters are added, read, changed and deleted, and with a meter the flows that use it", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  assert.deepEqual(await client.meters(), []);
  await client.changeMeter("add", METER);
  await assert.rejects(client.changeMeter("add", METER), (error) => {
    assert.ok(error instanceof OpenFlowError);
    assert.equal(error.errorName, "OFPMMFC_METER_EXISTS");
    return true;
  });
  const changed: Meter = { ...METER, limit: { unit: "kilobits", rate: 8000, burst: 600 } };
  await client.changeMeter("modify", changed);
  assert.deepEqual((await client.meters()).filter(({ id }) => id === METER.id), [changed]);
  await client.bundle([addFlow(`priority=1,actions=meter:${METER.id},output:1`)]);
  assert.equal((await flowsOf(client)).length, 1);
  assert.deepEqual(await client.meterCounts(METER.id), { id: METER.id, packets: 0n });
  await client.changeMeter("delete", { id: METER.id });
  assert.deepEqual(await flowsOf(client), []);
});
