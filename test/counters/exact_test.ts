/** What is done for each TrafficControl is counted exactly, and no change of others and no restart begins it anew. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

/** Milliseconds within which a counter must be exact. */
const EXACT_WITHIN = 1500;
type Direction = "egress" | "ingress";

const mirror = (name: string, target: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    ...more,
  });
const redirect = (name: string) =>
  mirror(name, "tap0", { action: "Redirect", returnPort: internal("tap1") });

async function started(): Promise<{ lab: Lab; pods: [TestPod, TestPod, TestPod] }> {
  const lab = await Lab.start(3);
  const pods = lab.pods as [TestPod, TestPod, TestPod];
  const [p1, p2, p3] = pods;
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, { app: "web" }),
    podObject(p3, { app: "db" }),
  );
  return { lab, pods };
}

/** Waits until the numbers of packets are these. @throws {AssertionError} If they are others in time. */
async function expectCounts(
  { agent }: Lab,
  name: string,
  what: "copied" | "redirected",
  wanted: Readonly<Record<Direction, number>>,
): Promise<void> {
  const read = async () => {
    const control = (await agent.state()).trafficControls.find((each) => each.name === name)!;
    const { egress, ingress } = control[what] ?? {};
    return { egress: egress?.packets, ingress: ingress?.packets };
  };
  await eventually(
    "the counts",
    async () => JSON.stringify(await read()) === JSON.stringify(wanted),
    EXACT_WITHIN,
  ).catch(() => {}); // the comparison below fails with a better message
  assert.deepEqual(await read(), wanted);
}

Deno.test("a mirror counts each copy once, in the direction of the TrafficControl that made it", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("m.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: p1, to: p3, count: 40 }, [[copies, 1]]);
  await expectFlow({ from: p3, to: p1, count: 30, version: 6 }, [[copies, 1]]);
  await expectFlow({ from: p1, to: p2, count: 20 }, [[copies, 1]]);
  await expectCounts(lab, "m", "copied", { egress: 60, ingress: 30 });
  const [control] = (await lab.agent.state()).trafficControls;
  const sizes = copies.frames.map(({ length }) => length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const { egress, ingress } = control!.copied!;
  assert.equal(egress!.bytes + ingress!.bytes, bytes);
});

Deno.test("no change of another TrafficControl begins a count anew, and no restart of the agent", async (t) => {
  const { lab, pods: [p1, _p2, p3] } = await started();
  await using _lab = lab;
  const { agent } = lab;
  await agent.write("m.yaml", mirror("m", "tap-m"));
  await agent.realized("m");
  const copies = lab.atDevice("tap-m");
  let sent = 0;
  const counted = async () => {
    await expectFlow({ from: p1, to: p3 }, [[copies, 1]]);
    sent += 20;
    await expectCounts(lab, "m", "copied", { egress: sent, ingress: 0 });
  };
  await t.step("at first", counted);
  await t.step("beside a mirror and a redirect of the same Pods", async () => {
    await agent.write("other.yaml", mirror("other", "tap-other"), redirect("r"));
    await agent.realized("m", "other", "r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    await counted();
    await expectCounts(lab, "r", "redirected", { egress: 20, ingress: 0 });
    await expectCounts(lab, "other", "copied", { egress: 20, ingress: 0 });
  });
  await t.step("without them", async () => {
    await agent.delete("other.yaml");
    await agent.realized("m");
    await counted();
  });
  await t.step("after a change of the TrafficControl itself", async () => {
    await agent.write("m.yaml", mirror("m", "tap-m", { appliedTo: { podSelector: {} } }));
    await agent.realized("m");
    await agent.write("m.yaml", mirror("m", "tap-m"));
    await agent.realized("m");
    await counted();
  });
  await t.step("after the agent was killed and started again", async () => {
    await agent.kill();
    const ids = await send({ from: p1, to: p3 });
    await eventually("copies", () => {
      copies.look();
      return ids.every((id) => copies.count(id) === 1);
    });
    sent += 20;
    agent.startAgain();
    await agent.realized("m");
    await counted();
  });
});
