import assert from "node:assert/strict";
import { TestAgent, trafficControl } from "./lab/agent.ts";
import { PrivateOvs } from "./lab/ovs.ts";

const PODS = 250;
const CONTROLS = 1000;
const GROUPS = 50;

/** Pods `p0` to `p<count - 1>` as ports of the dummy datapath, in one transaction. */
async function attach(ovs: PrivateOvs, count: number): Promise<object[]> {
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  const commands = names.flatMap((
    name,
    index,
  ) => [...(index > 0 ? ["--"] : []), "add-port", "br0", name]);
  await ovs.vsctl(...commands);
  return names.map((name, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: { group: `g${index % GROUPS}` },
      annotations: {
        "sluice.dev/ovs-port": name,
        "sluice.dev/mac": `02:bb:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${
          (index & 255).toString(16).padStart(2, "0")
        }`,
      },
    },
    status: { podIPs: [{ ip: `10.7.${index >> 8}.${index & 255}` }] },
  }));
}

/** Each selects one group of Pods and mirrors to a port of its own group's: all of a group share it. */
const controls = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    trafficControl(`tc${index}`, {
      appliedTo: { podSelector: { matchLabels: { group: `g${index % GROUPS}` } } },
      direction: "Both",
      action: "Mirror",
      targetPort: { ovsInternal: { name: `ids${index % GROUPS}` } },
    }));

async function flowsOf(agent: TestAgent, pods: object[], tcs: object[]): Promise<number> {
  await agent.write("pods.yaml", ...pods);
  await agent.write("tcs.yaml", ...tcs);
  const state = await agent.settled(
    `${tcs.length} TrafficControls`,
    ({ trafficControls, pods: there }) =>
      trafficControls.length === tcs.length && there.length === pods.length &&
      trafficControls.every(({ realized }) => realized),
  );
  return state.flows;
}

Deno.test("the number of flows is linear: 250 Pods x 1,000 TrafficControls", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await using agent = await TestAgent.start(ovs);
  const pods = await attach(ovs, PODS);
  const base = 7 + 14; // table 0, and the rows of ours that need no Pod
  const few = await flowsOf(agent, pods.slice(0, 50), controls(50));
  const all = await flowsOf(agent, pods, controls(CONTROLS));
  const dumped = (await ovs.ofctl("dump-flows", "--no-stats", "br0")).split("\n").filter((flow) =>
    /cookie=0x51ce/.test(flow)
  );
  assert.equal(dumped.length, all, "the switch has what the agent says");
  console.log(`  50 Pods x 50 TCs: ${few} flows; ${PODS} Pods x ${CONTROLS} TCs: ${all} flows`);
  // Per Pod: Source 3, Destination 2, Restore 2. Per target: 2. Per treatment: MirrorOut, MirrorIn, CopyOnce. Per
  // TrafficControl: Count 2.
  assert.equal(few, base + 50 * 7 + 50 * (2 + 3 + 2));
  assert.equal(all, base + PODS * 7 + GROUPS * (2 + 3 + 2));
  await agent.delete("tcs.yaml");
  await agent.settled(
    "nothing",
    ({ trafficControls, flows }) => trafficControls.length === 0 && flows === 0,
  );
  assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /cookie=0x51ce/);
  assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /ids/);
});
