import assert from "node:assert/strict";
import { type Meter, OpenFlowClient } from "../mod.ts";
import { TestSwitch } from "../testing/switch.ts";
import { formatMeter } from "./meter_text.ts";

const METERS: readonly Meter[] = [
  { id: 1, limit: { unit: "packets", rate: 200, burst: 20 } },
  { id: 0x51000007, limit: { unit: "kilobits", rate: 8000, burst: 600 } },
];

Deno.test("ovs-ofctl takes a meter as it is printed", async () => {
  await using ovs = await TestSwitch.start();
  for (const meter of METERS) await ovs.ofctl("add-meter", formatMeter(meter));
  await using client = await OpenFlowClient.connect(ovs.address);
  assert.deepEqual((await client.meters()).sort((a, b) => a.id - b.id), METERS);
});

Deno.test("of a meter that does something else only the number is printed", () => {
  assert.equal(formatMeter({ id: 7 }), "meter=7");
});
