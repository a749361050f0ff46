/** TrafficControls that begin and end by themselves, on real packets. */
import assert from "node:assert/strict";
import type { State } from "../core/report/state.ts";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { expectFlow } from "./lab/traffic.ts";

const SECOND = 1000;
const HOUR = 3600;
/** Seconds until something happens that a test waits for. */
const SOON = 3;
const timeIn = (seconds: number) => new Date(Date.now() + seconds * SECOND).toISOString();

const mirror = (name: string, more: Readonly<Record<string, unknown>>, created?: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(`tap-${name}`),
    ...more,
  }, created === undefined ? {} : { creationTimestamp: created });

const reasonOf = ({ trafficControls }: State, name: string) =>
  trafficControls.find((each) => each.name === name)?.conditions[0]?.reason;
const isRealized = ({ trafficControls }: State, name: string) =>
  trafficControls.find((each) => each.name === name)?.realized === true;

async function start() {
  const lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  return { lab, web, peer };
}
const hasPort = async ({ ovs }: Lab, name: string) =>
  (await ovs.vsctl("list-ports", "br0")).split("\n").includes(name);

Deno.test("a mirror begins at its startTime and ends at its endTime; its port and flows go, the object stays", async (t) => {
  const { lab, web, peer } = await start();
  await using _lab = lab;
  const { agent } = lab;
  const at = lab.at(peer);
  await t.step("before", async () => {
    await agent.write("m.yaml", mirror("m", { startTime: timeIn(HOUR) }));
    await agent.settled("Pending", (state) => reasonOf(state, "m") === "Pending");
    assert.equal(await hasPort(lab, "tap-m"), false);
    await expectFlow({ from: web, to: peer }, [[at, 1]]);
  });
  await t.step("it begins", async () => {
    const startTime = timeIn(SOON);
    await agent.write("m.yaml", mirror("m", { startTime, endTime: timeIn(HOUR) }));
    await agent.realized("m");
    assert.ok(Date.now() >= Date.parse(startTime), "not before its time");
    const tap = lab.atDevice("tap-m");
    await expectFlow({ from: web, to: peer }, [[at, 1], [tap, 1]]);
    await expectFlow({ from: peer, to: web }, [[lab.at(web), 1], [tap, 1]]);
  });
  await t.step("it ends", async () => {
    const endTime = timeIn(SOON);
    await agent.write("m.yaml", mirror("m", { endTime }));
    const state = await agent.settled("Expired", (state) => reasonOf(state, "m") === "Expired");
    assert.ok(Date.now() >= Date.parse(endTime), "not before its time");
    assert.equal(isRealized(state, "m"), false);
    await eventually("no port", async () => !(await hasPort(lab, "tap-m")));
    await expectFlow({ from: web, to: peer }, [[at, 1]]);
    assert.ok(agent.log.some((line) => /info +TrafficControl not realized .*Expired/.test(line)));
  });
  await t.step("a later endTime lets it go on", async () => {
    await agent.write("m.yaml", mirror("m", { endTime: timeIn(HOUR) }));
    await agent.realized("m");
    await expectFlow({ from: web, to: peer }, [[at, 1], [lab.atDevice("tap-m"), 1]]);
  });
});

Deno.test("a deadline counts from the creation, and no restart of the agent makes it longer", async (t) => {
  const { lab, web, peer } = await start();
  await using _lab = lab;
  const { agent } = lab;
  const created = timeIn(-HOUR);
  const lasting = (name: string, seconds: number) =>
    agent.write(`${name}.yaml`, mirror(name, { activeDeadlineSeconds: seconds }, created));
  await lasting("m", 2 * HOUR);
  await lasting("old", HOUR - 1);
  await agent.settled("m realized", (state) => isRealized(state, "m"));
  await t.step("one that was over when it came has never begun", async () => {
    await agent.settled("Expired", (state) => reasonOf(state, "old") === "Expired");
    assert.equal(await hasPort(lab, "tap-old"), false);
  });
  await t.step("it ends while no agent runs: the next one takes it away", async () => {
    await agent.kill();
    await lasting("m", HOUR);
    await agent.startAgain();
    await agent.settled("Expired", (state) => reasonOf(state, "m") === "Expired");
    await eventually("no port", async () => !(await hasPort(lab, "tap-m")));
    await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1]]);
  });
});

Deno.test("one that is not in effect takes neither a port nor a Pod from another one", async () => {
  const { lab, web, peer } = await start();
  await using _lab = lab;
  const { agent } = lab;
  const pair = { targetPort: internal("in0"), returnPort: internal("out0") };
  const redirect = (name: string, more: object, created: string) =>
    trafficControl(name, {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      ...more,
    }, { creationTimestamp: created });
  const old = (endTime: string) =>
    agent.write("old.yaml", redirect("old", { ...pair, endTime }, "2026-01-01T00:00:00Z"));
  const other = { targetPort: internal("out0"), returnPort: internal("in1") };
  await old(timeIn(HOUR));
  await agent.write("young.yaml", redirect("young", other, "2026-01-02T00:00:00Z"));
  await agent.settled("Conflict", (state) => reasonOf(state, "young") === "Conflict");
  await old(timeIn(SOON));
  const state = await agent.settled("it has its port", (state) => isRealized(state, "young"));
  assert.equal(reasonOf(state, "old"), "Expired");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 0], [lab.atDevice("out0"), 1]]);
});
