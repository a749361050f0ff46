/** What the switch has counted, told to whoever asks, and in time. */
import assert from "node:assert/strict";
import { counterID } from "../model/flows/counters.ts";
import { podCounterID } from "../model/flows/pod_counters.ts";
import { control, internal } from "../model/testing/fixtures.ts";
import type { Control } from "../objects/types.ts";
import type { FlowFilter, OpenFlowClient } from "../openflow/mod.ts";
import { countsInTime, podCountsInTime } from "./counters.ts";
import { SmallNode } from "./testing/small_node.ts";

/** A node with a mirror of one Pod. */
function mirroring(more: Partial<Control> = {}): SmallNode {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  node.port("tap0");
  const treatment = { copies: [{ to: ["tap0"] as const }] };
  node.control({ ...control("m", "1", { treatment, specs: [internal("tap0")] }), ...more });
  node.round();
  return node;
}

const switchThat = (dumpFlows: (filter: FlowFilter) => Promise<object[]>) =>
  ({ dumpFlows }) as unknown as OpenFlowClient;
const ZERO = { packets: 0, bytes: 0 };

Deno.test("what the switch tells is found by the TrafficControl's counters", async () => {
  const { model } = mirroring();
  const id = counterID({ control: "m", direction: "egress", counts: "copied" });
  const client = switchThat(() =>
    Promise.resolve([{ cookie: 0x51ce_0000n << 32n | BigInt(id), packets: 3n, bytes: 180n }])
  );
  const counts = await countsInTime(model, client);
  const copied = { egress: { packets: 3, bytes: 180 }, ingress: ZERO };
  assert.deepEqual([...counts], [["m", { copied }]]);
});

Deno.test("the counters of Pods are asked for alone, and only if there are some", async () => {
  const { model } = mirroring({ countsByPod: true });
  const ofPod = { control: "m", direction: "egress", counts: "copied", pod: "default/a" } as const;
  const cookie = 0x51ce_0000n << 32n | BigInt(podCounterID(ofPod));
  const asked: (number | undefined)[] = [];
  const client = switchThat(({ table }) => {
    asked.push(table);
    return Promise.resolve([{ cookie, packets: 3n, bytes: 180n }]);
  });
  const copied = { egress: { packets: 3, bytes: 180 }, ingress: ZERO };
  assert.deepEqual(
    await podCountsInTime(model, client),
    new Map([
      ["m", new Map([["default/a", { copied }]])],
    ]),
  );
  await countsInTime(model, client);
  assert.deepEqual(asked, [
    ...model.datapath.countingTables.ofPods,
    ...model.datapath.countingTables.ofControls,
  ]);
  assert.equal(new Set(asked).size, 2);
  assert.deepEqual(
    await podCountsInTime(mirroring().model, switchThat(() => assert.fail())),
    new Map(),
  );
});

Deno.test("a switch that does not tell its counters in time holds nobody up", async () => {
  const { model } = mirroring();
  const hanging = switchThat(() => new Promise(() => {}));
  assert.deepEqual([...await countsInTime(model, hanging, 1)], []);
  const ended = switchThat(() => Promise.reject(new Error("the connection has ended")));
  assert.deepEqual([...await countsInTime(model, ended)], []);
  assert.deepEqual([...await countsInTime(model, undefined)], []);
});

Deno.test("a switch is asked for nothing if nothing is counted", async () => {
  const asked = switchThat(() => assert.fail());
  assert.deepEqual([...await countsInTime(new SmallNode().model, asked)], []);
});
