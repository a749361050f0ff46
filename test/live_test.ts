import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "./agent.ts";
import { Lab } from "./lab.ts";
import { eventually } from "./ovs.ts";
import type { TestPod } from "./pod.ts";
import { type Counter, send } from "./traffic.ts";
import { bridgeWire } from "./wire.ts";

/** Packets a second, for so many seconds. */
const [RATE, SECONDS] = [1000, 1.5];
type Spec = Readonly<Record<string, unknown>>;
const internal = (name: string) => ({ ovsInternal: { name } });

const control = (name: string, selected: string, spec: Spec) =>
  trafficControl(name, { appliedTo: app(selected), direction: "Both", ...spec });
const mirror = (port: string): Spec => ({ action: "Mirror", targetPort: internal(port) });
const redirect = (target: string, returned: string): Spec => ({
  action: "Redirect",
  targetPort: internal(target),
  returnPort: internal(returned),
});

/** How many of the frames did not come exactly once, all counters together. */
function wrong(ids: readonly number[], counters: readonly Counter[]): number {
  counters.forEach((counter) => counter.look());
  return ids.filter((id) => counters.reduce((sum, counter) => sum + counter.count(id), 0) !== 1)
    .length;
}

/** Each step: what the TrafficControl says next. */
const STEPS: readonly [string, Spec][] = [
  ["to another mirror", mirror("ids1")],
  ["from a mirror to a redirect", redirect("tap0", "tap1")],
  ["to another pair", redirect("tap2", "tap3")],
  ["and back", redirect("tap0", "tap1")],
  ["from a redirect to a mirror", mirror("ids0")],
];

Deno.test("changes and restarts under 1,000 packets/s: nothing is lost, nothing comes or is seen twice", async (t) => {
  await using lab = await Lab.start(3);
  const { agent } = lab;
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p3, { app: "other" }));
  // Another Pod has all these ports in use, so that sensors and counters are there from the beginning.
  const keepers = [mirror("ids0"), mirror("ids1"), redirect("tap0", "tap1")];
  await agent.write(
    "keep.yaml",
    ...keepers.map((spec, index) => control(`keep${index}`, "other", spec)),
  );
  await agent.write("pair.yaml", control("pair", "other", redirect("tap2", "tap3")));
  await agent.write("tc.yaml", control("m", "web", mirror("ids0")));
  await agent.settled("all ports", ({ ports }) => ports.length === 6);
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await bridgeWire(lab.ovs, ["tap2", "tap3"]);
  const at2 = lab.at(p2);
  const sensors = ["ids0", "ids1", "tap0", "tap2"].map((name) => lab.atDevice(name));
  const under = (what: string, change: () => Promise<unknown>) =>
    t.step(what, async () => {
      const sending = send({ from: p1, to: p2, count: RATE * SECONDS, rate: RATE });
      await change();
      const ids = await sending;
      await eventually("all frames", () => wrong(ids, [at2]) === 0, 2000).catch(() => {});
      assert.deepEqual({ atPod: wrong(ids, [at2]), atSensors: wrong(ids, sensors) }, {
        atPod: 0,
        atSensors: 0,
      });
    });
  for (const [what, spec] of STEPS) {
    await under(what, async () => {
      await agent.write("tc.yaml", control("m", "web", spec));
      const target = Object.values(spec.targetPort as Record<string, { name: string }>)[0]!.name;
      await agent.settled(
        what,
        ({ trafficControls }) =>
          trafficControls.some((tc) => tc.name === "m" && tc.target === target && tc.realized),
      );
    });
  }
  for (const spec of [mirror("ids0"), redirect("tap0", "tap1")]) {
    await agent.write("tc.yaml", control("m", "web", spec));
    await agent.settled(
      "the start",
      ({ trafficControls }) =>
        trafficControls.some(({ name, action, realized }) =>
          name === "m" && action === spec.action && realized
        ),
    );
    await under(`the agent is killed and started again, with a ${spec.action}`, async () => {
      await agent.kill();
      agent.startAgain();
      await agent.settled("again", ({ trafficControls }) => trafficControls.length === 5);
      assert.deepEqual(agent.log.filter((line) => /Flows changed/.test(line)), []);
    });
  }
});
