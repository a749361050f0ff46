/** Packets that never pause while a redirect joins a chain, the agent ends, or a sensor fails. */
import assert from "node:assert/strict";
import {
  A,
  assertRight,
  B,
  BOTH_WAYS,
  C,
  CHANGES,
  during,
  HOLD,
  movingOf,
  OF_ALL,
  PODS,
} from "./live.ts";
import { ChainScene } from "./scene.ts";

for (const hold of [0, HOLD]) {
  Deno.test(`a redirect joins while packets never pause; its sensor keeps each for ${hold} ms`, async (t) => {
    await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
    for (const [what, before, redirects, ways] of CHANGES) {
      await t.step(what, async () => {
        await scene.apply({ pods: PODS, redirects: before });
        const sensor = scene.sensors.get(movingOf(before, redirects))!;
        sensor.hold = hold;
        const join = () => scene.apply({ pods: PODS, redirects });
        assertRight(await during(scene, BOTH_WAYS, join), ways);
        sensor.hold = 0;
      });
    }
  });
}

Deno.test("a redirect joins between two Pods of one chain while packets never pause", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const [a, b, c] = OF_ALL;
  await scene.apply({ pods: PODS, redirects: [a, c] });
  const join = () => scene.apply({ pods: PODS, redirects: [a, b, c] });
  const ways = ["AC", "ABC"];
  assertRight(await during(scene, [["p1", "p2"], ["p2", "p1"]], join), { out: ways, back: ways });
});

Deno.test("the last redirect of a chain leaves while packets never pause: what is inside its pair comes home", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  await scene.apply({ pods: PODS, redirects: [B, C] });
  scene.sensors.get("C")!.hold = HOLD;
  const leave = () => scene.apply({ pods: PODS, redirects: [B] });
  const ways = { out: ["BC", "B"], back: ["CB", "B"] };
  assertRight(await during(scene, BOTH_WAYS, leave), ways);
});

Deno.test("the agent is killed and starts again while packets never pause: all pass the chain", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const { agent } = scene.lab;
  await scene.apply({ pods: PODS, redirects: [A, B, C] });
  const fates = await during(scene, BOTH_WAYS, async () => {
    await agent.kill();
    agent.startAgain();
    await scene.settled();
  });
  assertRight(fates, { out: ["ABC"], back: ["CBA"] });
});

Deno.test("a device of a chain is deleted while packets never pause: all pass the others", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  await scene.apply({ pods: PODS, redirects: [A, B, C] });
  const fates = await during(scene, BOTH_WAYS, async () => {
    await scene.sensors.get("B")!.unplug();
    await scene.conditions("b", "DeviceMissing", "DeviceMissing");
  });
  const lost = fates.fates.filter(({ paths }) => paths.length === 0);
  const entered = (text: string) => lost.filter((each) => each.entered === text).length;
  // Those that were on their way into the pair are lost, until it is left out.
  assert.equal(lost.length, entered("A") + entered("C") + entered("AB") + entered("CB"));
  assertRight(
    { ...fates, fates: fates.fates.filter(({ paths }) => paths.length > 0) },
    { out: ["ABC", "AC"], back: ["CBA", "CA"] },
  );
});
