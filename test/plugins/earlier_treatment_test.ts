/** Action files that return mirrors, redirect and drop, as before there were copies and hops: they go on as they are. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { Entrances, speak } from "../lab/strays.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

const action = (name: string, returnPort: string, treat: string) => `
export const apiVersion = 1;
export default (api) => api.defineAction({
  name: "${name}",
  docs: "Was written for version 1 of the API, when it was new.",
  targetPort: "required",
  returnPort: "${returnPort}",
  treat: ({ target, returnPort }) => (${treat}),
});`;
const FILES = {
  "copy.ts": action("Copy", "forbidden", "{ mirrors: [target] }"),
  "inspect.ts": action("Inspect", "required", "{ redirect: { target, return: returnPort } }"),
  "seize.ts": action("Seize", "forbidden", "{ mirrors: [target], drop: true }"),
};

type Spec = Readonly<Record<string, unknown>>;
const tc = (action: string, more: Spec) =>
  trafficControl("t", { appliedTo: app("web"), direction: "Both", action, ...more });
const ONE = { targetPort: internal("tap0") };
const PAIR = { targetPort: internal("tap0"), returnPort: internal("tap1") };

Deno.test("an action file of before does what it did, by the same flows as today's actions", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "slplugin" });
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  await using lab = await Lab.start(2, { args: ["--plugins", folder] });
  const { agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  const use = async (action: string, more: Spec) => {
    await agent.write("tc.yaml", tc(action, more));
    return await agent.settled(
      action,
      ({ trafficControls: [t] }) => t?.action === action && t.realized,
    );
  };
  /** The action is another, and no flow is. */
  const sameFlows = async (today: string, before: string, more: Spec) => {
    await use(today, more);
    const flows = await flowAges(lab.ovs);
    await use(before, more);
    const after = await flowAges(lab.ovs);
    assert.ok(flows.size > 0);
    assert.deepEqual([...after.keys()].sort(), [...flows.keys()].sort());
    for (const [flow, { duration }] of flows) assert.ok(after.get(flow)!.duration > duration, flow);
  };

  await t.step("the files conform", async () => {
    const { code, stdout } = await sluice(undefined, "plugin", "check", folder);
    assert.equal(code, 0, stdout);
  });
  await t.step("mirrors", async () => {
    await sameFlows("Mirror", "Copy", ONE);
    const tap = lab.atDevice("tap0");
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [tap, 1]]);
    await expectFlow({ from: p2, to: p1, version: 6 }, [[at1, 1], [tap, 1]]);
  });
  await t.step("mirrors and drop, counted", async () => {
    const entrances = new Entrances(lab);
    const before = (await use("Seize", ONE)).trafficControls[0]!.dropped!;
    await speak(p1, p2);
    const tap = lab.atDevice("tap0");
    await expectFlow({ from: p1, to: p2, count: 20 }, [[at2, 0], [tap, 1]]);
    const { trafficControls: [counted] } = await agent.settled(
      "counted",
      ({ trafficControls: [t] }) => t!.dropped! - before >= 20,
    );
    entrances.expectCounted(counted!.dropped! - before, 20);
  });
  await t.step("redirect", async () => {
    await sameFlows("Redirect", "Inspect", PAIR);
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    const [sensor, wrong] = [lab.atDevice("tap0"), lab.atDevice("tap1")];
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1], [wrong, 0]]);
    await expectFlow({ from: p2, to: p1, version: 6 }, [[at1, 1], [sensor, 1], [wrong, 0]]);
  });
  await Deno.remove(folder, { recursive: true });
});
