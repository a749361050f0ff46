import assert from "node:assert/strict";
import { app, internal, podObject, type TestAgent, trafficControl } from "./lab/agent.ts";
import { flowAges, Lab, ofport } from "./lab/lab.ts";
import type { PrivateOvs } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn } from "./lab/run.ts";
import { type Seen, Stream } from "./lab/stream.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire, Echo } from "./lab/wire.ts";
import { FlowWitness } from "./lab/witness.ts";

type Spec = Readonly<Record<string, unknown>>;
const [P1, P3] = ["default/p1", "default/p3"];

const control = (name: string, selected: string, spec: Spec) =>
  trafficControl(name, { appliedTo: app(selected), direction: "Both", ...spec });
const mirror = (port: string): Spec => ({ action: "Mirror", targetPort: internal(port) });
const redirect = (target: string, returned: string): Spec => ({
  action: "Redirect",
  targetPort: internal(target),
  returnPort: internal(returned),
});

const targetOf = (spec: Spec) =>
  Object.values(spec.targetPort as Record<string, { name: string }>)[0]!.name;

/** All that `spec` says is in the datapath, for these Pods. */
function isRealized(agent: TestAgent, spec: Spec, pods: readonly string[] = [P1]) {
  const { action, direction = "Both" } = spec;
  const wanted = [action, direction, targetOf(spec), pods.join(), true].join(" ");
  return agent.settled(wanted, ({ trafficControls }) => {
    const tc = trafficControls.find(({ name }) => name === "m");
    if (!tc) return false;
    return [tc.action, tc.direction, tc.target, tc.pods.join(), tc.realized].join(" ") === wanted;
  });
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

const PAIRS = [["tap0", "tap1"], ["tap2", "tap3"]] as const;

/**
 * Three Pods; another Pod keeps all ports in use, so that sensors and counters are there from the beginning.
 *
 * @param wire What is between the ports of each pair.
 */
async function start(
  wire: (ovs: PrivateOvs, ends: readonly [string, string]) => unknown = bridgeWire,
) {
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
  for (const pair of PAIRS) await wire(lab.ovs, pair);
  const sensors = ["ids0", "ids1", "tap0", "tap2"].map((name) => lab.atDevice(name));
  return { lab, agent, p1, p2, p3, stream: new Stream({ from: p1, to: p2 }, lab.at(p2), sensors) };
}

/** Each step: what the TrafficControl says next, and which Pods it selects then. */
const CHANGES: readonly [what: string, spec: Spec, pods?: string[]][] = [
  ["to another mirror", mirror("ids1")],
  ["one direction", { ...mirror("ids1"), direction: "Egress" }],
  ["from a mirror to a redirect", redirect("tap0", "tap1")],
  ["to another pair", redirect("tap2", "tap3")],
  ["and back", redirect("tap0", "tap1")],
  ["a pair in one direction", { ...redirect("tap0", "tap1"), direction: "Egress" }],
  ["from a redirect to a mirror", mirror("ids0")],
  [
    "another selector for the same Pod, and one more",
    {
      ...mirror("ids0"),
      appliedTo: { podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } },
    },
    [P1, P3],
  ],
];

/** The keeper's ports stay, as their TrafficControls do; nobody uses them any more. */
async function idle({ agent, p3 }: Awaited<ReturnType<typeof start>>) {
  await agent.write("p3.yaml", podObject(p3, { app: "idle" }));
  await agent.settled(
    "an idle keeper",
    ({ trafficControls }) =>
      trafficControls.every(({ name, pods }) => pods.length === (name === "m" ? 1 : 0)),
  );
}

Deno.test("a TrafficControl changes under 1,000 packets/s: nothing is lost, nothing comes or is seen twice", async (t) => {
  const bench = await start();
  const { lab, agent, stream } = bench;
  await using _ = lab;
  await idle(bench);
  for (const [what, spec, pods] of CHANGES) {
    await t.step(what, () =>
      stream.goesOn("all", async () => {
        await agent.write("tc.yaml", control("m", "web", spec));
        await isRealized(agent, spec, pods);
      }));
  }
});

/** Milliseconds that a slow sensor keeps each frame: several hundred are inside when a pair is left. */
const HOLD = 300;
const LEFT: readonly [string, Spec][] = [
  ["to another pair", redirect("tap2", "tap3")],
  ["and back", redirect("tap0", "tap1")],
  ["to a mirror", mirror("ids0")],
];

Deno.test(`sensors that hold each frame for ${HOLD} ms: what is inside when its pair is left comes home, once`, async (t) => {
  using sensors = new DisposableStack();
  const bench = await start((ovs, pair) => sensors.use(Echo.between(ovs, pair, HOLD)));
  const { lab, agent, stream } = bench;
  await using _ = lab;
  using _before = sensors.move(); // the devices go with the switch
  await idle(bench);
  await agent.write("tc.yaml", control("m", "web", redirect("tap0", "tap1")));
  await isRealized(agent, redirect("tap0", "tap1"));
  for (const [what, spec] of LEFT) {
    await t.step(what, () =>
      stream.goesOn("all", async () => {
        await agent.write("tc.yaml", control("m", "web", spec));
        await isRealized(agent, spec);
      }));
  }
  await t.step("nowhere", async () => {
    await agent.write("tc.yaml", control("m", "web", redirect("tap0", "tap1")));
    await isRealized(agent, redirect("tap0", "tap1"));
    await stream.goesOn("before", async () => {
      await agent.delete("tc.yaml");
      await agent.settled("it gone", ({ trafficControls }) => trafficControls.length === 4);
    });
  });
});

Deno.test("what is selected changes under 1,000 packets/s: seen up to the change, or from it on, and never lost", async (t) => {
  const { lab, agent, p1, p2, p3, stream } = await start();
  await using _ = lab;
  for (const spec of [mirror("ids0"), redirect("tap0", "tap1")]) {
    const name = spec.action as string;
    const tc = (more: Spec) => agent.write("tc.yaml", control("m", "web", { ...spec, ...more }));
    const step = (what: string, seen: Seen, change: () => Promise<unknown>) =>
      t.step(`${name}: ${what}`, () => stream.goesOn(seen, change));
    await tc({});
    await isRealized(agent, spec);
    await step("a label of the Pod goes", "before", async () => {
      await agent.write("p1.yaml", podObject(p1, { app: "db" }));
      await selects(agent);
    });
    await step("and comes", "after", async () => {
      await agent.write("p1.yaml", podObject(p1, { app: "web" }));
      await selects(agent, P1);
    });
    await step("the other direction", "before", async () => {
      await tc({ direction: "Ingress" });
      await isRealized(agent, { ...spec, direction: "Ingress" });
    });
    await step("and both again", "after", async () => {
      await tc({});
      await isRealized(agent, spec);
    });
    await step("the TrafficControl goes", "before", async () => {
      await agent.delete("tc.yaml");
      await agent.settled("it gone", ({ trafficControls }) => trafficControls.length === 4);
    });
    await step("and comes", "after", async () => {
      await tc({});
      await isRealized(agent, spec);
    });
    await step("another selector", "before", async () => {
      await tc({ appliedTo: { namespaceSelector: { matchLabels: { team: "a" } } } });
      await selects(agent);
    });
    await step("a label of the Namespace comes", "after", async () => {
      await agent.write("ns.yaml", namespace({ team: "a" }));
      await selects(agent, P1, P3);
    });
    await step("and goes", "before", async () => {
      await agent.write("ns.yaml", namespace({ team: "b" }));
      await selects(agent);
    });
    await tc({});
    await selects(agent, P1);
    await step(
      "another Pod that it selects goes, and comes with another number",
      "all",
      async () => {
        const number = await ofport(lab.ovs, "p3");
        const sensor = stream.sensors.find(({ name }) => name === targetOf(spec))!;
        await agent.write("p3.yaml", podObject(p3, { app: "web" }));
        await selects(agent, P1, P3);
        await agent.delete("p3.yaml");
        await lab.ovs.vsctl("del-port", "p3");
        await selects(agent, P1);
        const request = `ofport_request=${number + 100}`;
        await lab.ovs.vsctl("add-port", "br0", "p3", "--", "set", "interface", "p3", request);
        await agent.write("p3.yaml", podObject(p3, { app: "web" }));
        await selects(agent, P1, P3);
        assert.equal(await ofport(lab.ovs, "p3"), number + 100);
        await expectFlow({ from: p3, to: p2 }, [[stream.at, 1], [sensor, 1]]);
        await agent.write("p3.yaml", podObject(p3, { app: "other" }));
        await selects(agent, P1);
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
      await isRealized(agent, spec);
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
