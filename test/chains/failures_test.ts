/** Pairs of a chain whose sensors fail: each one is open or closed on its own. */
import assert from "node:assert/strict";
import { ipIn } from "../lab/run.ts";
import type { Redirect } from "./oracle.ts";
import { pathOf } from "./faults.ts";
import { ChainScene } from "./scene.ts";
import { devicesOf, targetOf } from "./sensors.ts";
import { crossing, EVERYONE, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const P1: Labels = { app: "p1" };
const PODS = podsOf("p1", "p2");
const OPEN = { failureMode: "Open" };
const PROBED = { failureMode: "Closed", healthProbe: {} };

const link = (pair: string, chainOrder: number, more: object = {}) =>
  redirectOf(pair.toLowerCase(), [P1, pair], { chainOrder, ...more });
const without = (redirects: readonly Redirect[], ...gone: readonly string[]) =>
  redirects.filter(({ metadata }) => !gone.includes(metadata.name.toUpperCase()));
const some = (scene: ChainScene) => crossing(scene.hosts, { count: 3 });

Deno.test("open pairs whose sensors hang are passed over, and the others are passed", async (t) => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const redirects = [link("A", 10, OPEN), link("B", 20, OPEN), link("C", 30, OPEN)];
  await scene.apply({ pods: PODS, redirects });
  await scene.sensorsUp("A", "B", "C");
  for (const hung of ["", "B", "A", "C", "AB", "BC", "AC", "ABC", ""]) {
    await t.step(`hung: ${hung || "none"}`, async () => {
      for (const [pair, sensor] of scene.sensors) sensor.isHung = hung.includes(pair);
      await scene.sensorsUp(...[..."ABC"].filter((pair) => !hung.includes(pair)));
      const world = { pods: PODS, redirects: without(redirects, ...hung) };
      await scene.expectRight(some(scene), { about: `hung: ${hung}`, world });
    });
  }
});

Deno.test("an open pair between two that are not probed: its sensor hangs, and works again", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const redirects = [link("A", 10), link("B", 20, OPEN), link("C", 30)];
  await scene.apply({ pods: PODS, redirects });
  await scene.sensorsUp("B");
  await scene.expectRight(some(scene));
  scene.sensors.get("B")!.isHung = true;
  await scene.conditions("b", "Bypassed", "SensorDown");
  await scene.conditions("a");
  await scene.conditions("c");
  await scene.expectRight(some(scene), {
    world: { pods: PODS, redirects: without(redirects, "B") },
  });
  scene.sensors.get("B")!.isHung = false;
  await scene.sensorsUp("B");
  await scene.expectRight(some(scene));
  await scene.macsAreHome();
});

Deno.test("a closed pair whose sensor hangs drops the Pod's packets, between pairs that work", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  await scene.apply({
    pods: PODS,
    redirects: [link("A", 10, OPEN), link("B", 20, PROBED), link("C", 30)],
  });
  await scene.sensorsUp("A", "B");
  scene.sensors.get("B")!.isHung = true;
  await scene.conditions("b", "SensorDown");
  const out = packets("p1", "p4");
  await scene.expectTally(out, { A: out.length, B: out.length });
  const back = packets("p4", "p1");
  await scene.expectTally(back, { C: back.length, B: back.length });
  const all = packets("p2", EVERYONE, { version: 4 });
  await scene.expectTally(all, { p3: all.length, p4: all.length, C: all.length, B: all.length });
  await scene.expectRight([...packets("p2", "p3"), ...packets("p4", "p2")]);
});

const CONNECTIONS = 60;

Deno.test("a pair of a chain with several sensors: each connection passes one of them, both ways, and another one if that fails", async () => {
  await using scene = await ChainScene.start();
  const [target, back] = devicesOf("D").map((name) => ({ device: { name } }));
  const additionalPorts = [{ name: "second", targetPort: target, returnPort: back }];
  await scene.apply({
    pods: PODS,
    redirects: [link("A", 10), link("B", 20, { ...OPEN, additionalPorts }), link("C", 30)],
  });
  await scene.sensorsUp("B", "D");
  const [p1, p4] = scene.ports.filter(({ name }) => name === "p1" || name === "p4");
  /** For each connection the pairs that its packets pass, out and back. */
  const paths = async () => {
    const out = Array.from(
      { length: CONNECTIONS },
      (_, at) =>
        packets("p1", "p4", { version: 4, count: 1, ports: { from: 40_000 + at, to: 443 } })[0]!,
    );
    const answers = Array.from(
      { length: CONNECTIONS },
      (_, at) =>
        packets("p4", "p1", { version: 4, count: 1, ports: { from: 443, to: 40_000 + at } })[0]!,
    );
    await scene.sendAll([...out, ...answers]);
    const letters = [...scene.sensors.keys()];
    return out.map(({ id }, at) => [
      p4!.framesOf(id).map((frame) => pathOf(frame, letters).join("")).join(),
      p1!.framesOf(answers[at]!.id).map((frame) => pathOf(frame, letters).join("")).join(),
    ]);
  };
  const first = await paths();
  assert.deepEqual([...new Set(first.map((both) => both.join()))].sort(), ["ABC,CBA", "ADC,CDA"]);
  scene.sensors.get("D")!.isHung = true;
  await scene.sensorsUp("B");
  assert.deepEqual(await paths(), first.map(() => ["ABC", "CBA"]));
  scene.sensors.get("B")!.isHung = true;
  await scene.sensorsUp();
  assert.deepEqual(await paths(), first.map(() => ["AC", "CA"]));
  for (const pair of "BD") scene.sensors.get(pair)!.isHung = false;
  await scene.sensorsUp("B", "D");
  assert.deepEqual(await paths(), first);
});

Deno.test("the link of an open pair goes down while no agent runs: the next pair is entered", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const redirects = [link("A", 10), link("B", 20, OPEN), link("C", 30)];
  await scene.apply({ pods: PODS, redirects });
  await scene.sensorsUp("B");
  await scene.lab.agent.kill();
  const { netns } = scene.lab.ovs;
  await ipIn(netns, "link", "set", "dev", `${targetOf("B")}-x`, "down");
  await scene.expectRight(some(scene), {
    world: { pods: PODS, redirects: without(redirects, "B") },
  });
});
