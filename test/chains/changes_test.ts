/** A chain changes: redirects come and go, devices disappear, and the agent ends. */
import assert from "node:assert/strict";
import { flowAges } from "../lab/lab.ts";
import { FlowWitness } from "../lab/witness.ts";
import type { Redirect } from "./oracle.ts";
import { ChainScene } from "./scene.ts";
import { crossing, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const P1: Labels = { app: "p1" };
const PODS = podsOf("p1", "p2");
const CLOSED = { failureMode: "Closed" };

/** A redirect of `p1` with the name of its pair. */
const link = (pair: string, chainOrder: number, more: object = {}) =>
  redirectOf(pair.toLowerCase(), [P1, pair], { chainOrder, ...more });
const ABC = [link("A", 10), link("B", 20), link("C", 30)];

/** The same without one. */
const without = (redirects: readonly Redirect[], gone: string) =>
  redirects.filter(({ metadata }) => metadata.name !== gone);

const some = (scene: ChainScene) => crossing(scene.hosts, { count: 3 });

Deno.test("a redirect joins a chain, changes its place and its rules, and leaves it", async (t) => {
  await using scene = await ChainScene.start();
  const [a, b, c] = ABC as [Redirect, Redirect, Redirect];
  const steps: readonly (readonly [string, readonly Redirect[]])[] = [
    ["one alone", [a]],
    ["one behind it", [a, c]],
    ["one in the middle", [a, b, c]],
    ["the last one becomes the first", [a, b, link("C", -1)]],
    ["with rules", [a, link("B", 20, { rules: [{ action: "Skip", protocol: "TCP" }] }), c]],
    ["without rules again", [a, b, c]],
    ["its order is taken away", [a, redirectOf("b", [P1, "B"]), c]],
    ["the winner's order is taken away", [redirectOf("a", [P1, "A"]), b, c]],
    ["all are a chain again", [a, b, c]],
    ["the first one leaves", [b, c]],
    ["the last one leaves", [b]],
    ["none", []],
  ];
  for (const [about, redirects] of steps) {
    await t.step(about, async () => {
      await scene.apply({ pods: PODS, redirects });
      await scene.expectRight(some(scene), { about });
    });
  }
});

for (const gone of ["A", "B", "C"]) {
  Deno.test(`the devices of ${gone}, of the chain A, B, C, are deleted: the others go on, and all when they are back`, async () => {
    await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
    await scene.apply({ pods: PODS, redirects: ABC });
    await scene.expectRight(some(scene));
    const name = gone.toLowerCase();
    await scene.sensors.get(gone)!.unplug();
    await scene.conditions(name, "DeviceMissing", "DeviceMissing");
    for (const other of without(ABC, name)) await scene.conditions(other.metadata.name);
    await scene.expectRight(some(scene), { world: { pods: PODS, redirects: without(ABC, name) } });
    await scene.sensors.get(gone)!.plug();
    await scene.settled();
    await scene.expectRight(some(scene));
    await scene.macsAreHome();
  });
}

Deno.test("the devices of a closed pair are deleted: no packet of its Pod passes until they are back", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const redirects = [link("A", 10), link("B", 20, CLOSED), link("C", 30)];
  await scene.apply({ pods: PODS, redirects });
  await scene.expectRight(some(scene));
  await scene.sensors.get("B")!.unplug();
  await scene.conditions("b", "Blocked", "DeviceMissing", "DeviceMissing");
  for (const sent of [packets("p1", "p4"), packets("p4", "p1"), packets("p2", "p1")]) {
    await scene.expectNone(sent);
  }
  await scene.expectRight([...packets("p2", "p4"), ...packets("p4", "p3")]);
  await scene.sensors.get("B")!.plug();
  await scene.settled();
  await scene.expectRight(some(scene));
});

Deno.test("the agent is killed: the chain goes on, and the next agent changes no flow", async () => {
  await using scene = await ChainScene.start();
  const { agent, ovs } = scene.lab;
  await scene.apply({ pods: PODS, redirects: [...ABC, redirectOf("d", [P1, "D"])] });
  await scene.expectRight(some(scene));
  await using witness = await FlowWitness.start(ovs);
  const before = [...(await flowAges(ovs)).keys()].sort();
  await agent.kill();
  await scene.expectRight(some(scene));
  agent.startAgain();
  await scene.settled();
  await scene.expectRight(some(scene));
  await witness.caughtUp();
  assert.deepEqual(witness.ours, []);
  assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), before);
});

Deno.test("while no agent runs, the order changes and a redirect goes: the next agent writes what is new", async () => {
  await using scene = await ChainScene.start();
  const { agent } = scene.lab;
  await scene.apply({ pods: PODS, redirects: ABC });
  await agent.kill();
  await scene.write({ pods: PODS, redirects: [link("A", 30), link("C", 10)] });
  agent.startAgain();
  await scene.settled();
  await scene.expectRight(some(scene));
});
