/** Packets that never pause while a sensor of a chain hangs, and works again. */
import assert from "node:assert/strict";
import { A, assertRight, B, BOTH_WAYS, C, during, PODS } from "./live.ts";
import { ChainScene } from "./scene.ts";

Deno.test("an open pair in the middle hangs and works again while packets never pause: all pass the others, and only those inside it are lost", async (t) => {
  await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
  const open = { ...B, spec: { ...B.spec, failureMode: "Open" } };
  await scene.apply({ pods: PODS, redirects: [A, open, C] });
  await scene.sensorsUp("B");
  const sensor = scene.sensors.get("B")!;
  await t.step("it hangs", async () => {
    const fates = await during(scene, BOTH_WAYS, async () => {
      sensor.isHung = true;
      await scene.sensorsUp();
    });
    const lost = fates.fates.filter(({ paths }) => paths.length === 0);
    assert.ok(lost.length > 0, "it hung in the midst of the packets");
    assertRight(fates, { out: ["ABC", "AC"], back: ["CBA", "CA"], losing: "B" });
  });
  await t.step("it works again", async () => {
    const fates = await during(scene, BOTH_WAYS, async () => {
      sensor.isHung = false;
      await scene.sensorsUp("B");
    });
    assertRight(fates, { out: ["AC", "ABC"], back: ["CA", "CBA"] });
  });
});
