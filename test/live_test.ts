import assert from "node:assert/strict";
import { app, internal, podObject, type TestAgent, trafficControl } from "./agent.ts";
import { flowAges, Lab } from "./lab.ts";
import type { TestPod } from "./pod.ts";
import { ipIn } from "./run.ts";
import { type Seen, Stream } from "./stream.ts";
import { bridgeWire } from "./wire.ts";
import { FlowWitness } from "./witness.ts";

type Spec = Readonly<Record<string, unknown>>;

const control = (name: string, selected: string, spec: Spec) =>
  trafficControl(name, { appliedTo: app(selected), direction: "Both", ...spec });
const mirror = (port: string): Spec => ({ action: "Mirror", targetPort: internal(port) });
const redirect = (target: string, returned: string): Spec => ({
  action: "Redirect",
  targetPort: internal(target),
  returnPort: internal(returned),
});

function isRealized(agent: TestAgent, name: string, spec: Spec) {
  const target = Object.values(spec.targetPort as Record<string, { name: string }>)[0]!.name;
  return agent.settled(
    name,
    ({ trafficControls }) =>
      trafficControls.some((tc) =>
        tc.name === name && tc.target === target && tc.action === spec.action && tc.realized
      ),
  );
}

const selects = (agent: TestAgent, ...pods: readonly string[]) =>
  agent.settled(
    `selected: ${pods}`,
    ({ trafficControls }) =>
      trafficControls.some((tc) => tc.name === "m" && tc.pods.join() === pods.join()),
  );

const namespace = (labels: Spec) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "default", labels },
});

/** Three Pods; another Pod keeps all ports in use, so that sensors and counters are there from the beginning. */
async function start() {
  const lab = await Lab.start(3);
  const { agent } = lab;
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p3.yaml", podObject(p3, { app: "other" }));
  const keepers = [mirror("ids0"), mirror("ids1"), redirect("tap0", "tap1")];
  await agent.write(
    "keep.yaml",
    ...keepers.map((spec, index) => control(`keep${index}`, "other", spec)),
    control("pair", "other", redirect("tap2", "tap3")),
  );
  await agent.write("tc.yaml", control("m", "web", mirror("ids0")));
  await agent.settled("all ports", ({ ports }) => ports.length === 6);
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await bridgeWire(lab.ovs, ["tap2", "tap3"]);
  const sensors = ["ids0", "ids1", "tap0", "tap2"].map((name) => lab.atDevice(name));
  return { lab, agent, p1, p2, p3, stream: new Stream({ from: p1, to: p2 }, lab.at(p2), sensors) };
}

/** Each step: what the TrafficControl says next. */
const CHANGES: readonly [string, Spec][] = [
  ["to another mirror", mirror("ids1")],
  ["one direction", { ...mirror("ids1"), direction: "Egress" }],
  ["from a mirror to a redirect", redirect("tap0", "tap1")],
  ["to another pair", redirect("tap2", "tap3")],
  ["and back", redirect("tap0", "tap1")],
  ["a pair in one direction", { ...redirect("tap0", "tap1"), direction: "Egress" }],
  ["from a redirect to a mirror", mirror("ids0")],
  ["another selector for the same Pod", {
    ...mirror("ids0"),
    appliedTo: { podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } },
  }],
];

Deno.test("a TrafficControl changes under 1,000 packets/s: nothing is lost, nothing comes or is seen twice", async (t) => {
  const { lab, agent, stream } = await start();
  await using _ = lab;
  await agent.delete("p3.yaml"); // its ports stay, as their TrafficControls do
  await selects(agent, "default/p1");
  for (const [what, spec] of CHANGES) {
    await t.step(what, () =>
      stream.goesOn("all", async () => {
        await agent.write("tc.yaml", control("m", "web", spec));
        await isRealized(agent, "m", spec);
      }));
  }
});

Deno.test("what is selected changes under 1,000 packets/s: seen up to the change, or from it on, and never lost", async (t) => {
  const { lab, agent, p1, p3, stream } = await start();
  await using _ = lab;
  for (const spec of [mirror("ids0"), redirect("tap0", "tap1")]) {
    const name = spec.action as string;
    const tc = (more: Spec) => agent.write("tc.yaml", control("m", "web", { ...spec, ...more }));
    const step = (what: string, seen: Seen, change: () => Promise<unknown>) =>
      t.step(`${name}: ${what}`, () => stream.goesOn(seen, change));
    await tc({});
    await isRealized(agent, "m", spec);
    await step("a label of the Pod goes", "before", async () => {
      await agent.write("p1.yaml", podObject(p1, { app: "db" }));
      await selects(agent);
    });
    await step("and comes", "after", async () => {
      await agent.write("p1.yaml", podObject(p1, { app: "web" }));
      await selects(agent, "default/p1");
    });
    await step("the TrafficControl goes", "before", async () => {
      await agent.delete("tc.yaml");
      await agent.settled("it gone", ({ trafficControls }) => trafficControls.length === 4);
    });
    await step("and comes", "after", async () => {
      await tc({});
      await isRealized(agent, "m", spec);
    });
    await step("another selector", "before", async () => {
      await tc({ appliedTo: { namespaceSelector: { matchLabels: { team: "a" } } } });
      await selects(agent);
    });
    await step("a label of the Namespace comes", "after", async () => {
      await agent.write("ns.yaml", namespace({ team: "a" }));
      await selects(agent, "default/p1", "default/p3");
    });
    await step("and goes", "before", async () => {
      await agent.write("ns.yaml", namespace({ team: "b" }));
      await selects(agent);
    });
    await tc({});
    await selects(agent, "default/p1");
    await step(
      "another Pod that it selects goes, and comes with another number",
      "all",
      async () => {
        await agent.write("p3.yaml", podObject(p3, { app: "web" }));
        await selects(agent, "default/p1", "default/p3");
        await agent.delete("p3.yaml");
        await lab.ovs.vsctl("del-port", "p3");
        await selects(agent, "default/p1");
        await lab.ovs.vsctl("add-port", "br0", "p3");
        await agent.write("p3.yaml", podObject(p3, { app: "web" }));
        await selects(agent, "default/p1", "default/p3");
        await agent.write("p3.yaml", podObject(p3, { app: "other" }));
        await selects(agent, "default/p1");
      },
    );
  }
});

Deno.test("a device that appears under 1,000 packets/s: another mirror of the Pod loses nothing, the device sees from there on", async () => {
  const { lab, agent, stream } = await start();
  await using _ = lab;
  await agent.write(
    "late.yaml",
    control("late", "web", { action: "Mirror", targetPort: { device: { name: "late0" } } }),
  );
  await agent.settled(
    "a condition",
    ({ trafficControls }) =>
      trafficControls.some(({ conditions }) => conditions[0]?.reason === "DeviceMissing"),
  );
  const { netns } = lab.ovs;
  await stream.goesOn("all", async () => {
    await ipIn(netns, "link", "add", "name", "late0", "type", "veth", "peer", "name", "late0-x");
    for (const name of ["late0", "late0-x"]) await ipIn(netns, "link", "set", "dev", name, "up");
    await agent.settled(
      "it",
      ({ trafficControls }) =>
        trafficControls.some(({ name, realized }) => name === "late" && realized),
    );
  });
  const late = new Stream(stream.pods, stream.at, [lab.atDevice("late0-x")]);
  await late.goesOn("all", () => Promise.resolve());
});

const RESTARTS = 10;

Deno.test(`the agent is killed and started again ${RESTARTS} times under 1,000 packets/s: no flow is touched, nothing is lost`, async (t) => {
  const { lab, agent, stream } = await start();
  await using _ = lab;
  for (const spec of [mirror("ids0"), redirect("tap0", "tap1")]) {
    await t.step(spec.action as string, async () => {
      await agent.write("tc.yaml", control("m", "web", spec));
      await isRealized(agent, "m", spec);
      await using witness = await FlowWitness.start(lab.ovs);
      const before = await flowAges(lab.ovs);
      await stream.goesOn("all", async () => {
        for (let restart = 0; restart < RESTARTS; restart++) {
          await agent.kill();
          agent.startAgain();
          await agent.settled("all again", ({ trafficControls }) => trafficControls.length === 5);
        }
      });
      await witness.caughtUp();
      assert.deepEqual(witness.ours, []);
      const after = await flowAges(lab.ovs);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
      for (const [flow, { duration, packets }] of before) {
        const now = after.get(flow)!;
        assert.ok(now.duration > duration && now.packets >= packets, flow);
      }
    });
  }
});
