/** The warning of a TrafficControl that sees no packet, which goes with the first one. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow, send } from "../lab/traffic.ts";

/** Seconds: the shortest time that can be set. */
const TIME = 10;
/** Milliseconds: that time, the readings before and after it, and what a busy machine adds. */
const SOON = 60_000;

const mirror = (name: string, pods: string, target: string) =>
  trafficControl(name, {
    appliedTo: app(pods),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
  });

type Reasons = Readonly<Record<string, readonly string[]>>;

async function reasons({ agent }: Lab): Promise<Reasons> {
  const { trafficControls } = await agent.state();
  return Object.fromEntries(
    trafficControls.map(({ name, conditions }) => [name, conditions.map(({ reason }) => reason)]),
  );
}

/** Waits until exactly these have the warning, and no TrafficControl has any other condition. */
async function expectQuiet(lab: Lab, ...names: readonly string[]): Promise<void> {
  const wanted = (found: Reasons) =>
    Object.entries(found).every(([name, of]) =>
      of.join() === (names.includes(name) ? "NoTraffic" : "")
    );
  const isSo = async () => wanted(await reasons(lab));
  await eventually(`NoTraffic of ${names}`, isSo, SOON).catch(() => {});
  const found = await reasons(lab);
  assert.ok(wanted(found), JSON.stringify({ names, found }));
}

Deno.test("NoTraffic is told after the time that is set, and goes with the first packet", async (t) => {
  await using lab = await Lab.start(4, { args: ["--no-traffic-after", `${TIME}s`] });
  const { agent } = lab;
  const [busy, idle, shared, peer] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  await agent.write(
    "pods.yaml",
    podObject(busy, { app: "busy" }),
    podObject(idle, { app: "idle" }),
    podObject(shared, { app: "shared" }),
    podObject(peer, {}),
  );
  await agent.write(
    "tc.yaml",
    mirror("busy", "busy", "tap-busy"),
    mirror("idle", "idle", "tap-idle"),
    mirror("one", "shared", "tap-shared"),
    mirror("same", "shared", "tap-shared"),
    mirror("elsewhere", "none", "tap-none"),
  );
  const all = ["busy", "elsewhere", "idle", "one", "same"];
  await agent.realized(...all);
  const begun = performance.now();
  const stop = new AbortController();
  const sending = send({ from: busy, to: peer, count: 10_000, rate: 20, signal: stop.signal });
  try {
    await t.step("of the one without packets, and not of those that share a port", async () => {
      await expectQuiet(lab, "idle");
      assert.ok(performance.now() - begun >= TIME * 1000 / 2, "too early");
      const { trafficControls } = await agent.realized(...all);
      const [condition] = trafficControls.find(({ name }) => name === "idle")!.conditions;
      assert.equal(condition!.message, `It has seen no packet for ${TIME}s`);
      assert.equal(condition!.warning, true);
    });
    await t.step("sluice status shows it, and what was copied", async () => {
      const { stdout } = await sluice(lab.ovs, "status");
      assert.match(stdout, /^NAME +ACTION .* REALIZED +COPIED$/m);
      assert.match(stdout, /^busy +Mirror .* yes +[1-9]\d*$/m);
      assert.match(stdout, /^elsewhere +Mirror .* NoPods +-$/m);
      assert.match(stdout, /^ {2}warning: idle: NoTraffic: It has seen no packet for 10s: see /m);
    });
    await t.step("the first packet ends it", async () => {
      const copies = lab.atDevice("tap-idle");
      await expectFlow({ from: idle, to: peer, count: 1 }, [[copies, 1]]);
      await expectQuiet(lab);
    });
    await t.step("it comes back, also after the agent was killed and started again", async () => {
      await expectQuiet(lab, "idle");
      await agent.kill();
      agent.startAgain();
      await agent.realized(...all);
      assert.deepEqual((await reasons(lab)).idle, []);
      await expectQuiet(lab, "idle");
    });
  } finally {
    stop.abort();
    await sending;
  }
});
