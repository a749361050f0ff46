/** Packets that never pause while a redirect leaves a chain: what is inside its pair still passes the pairs that stay. */
import { assertRight, BOTH_WAYS, CHANGES, during, HOLD, movingOf, PODS } from "./live.ts";
import { ChainScene } from "./scene.ts";

for (const hold of [0, HOLD]) {
  Deno.test(`a redirect leaves while packets never pause; its sensor keeps each for ${hold} ms`, async (t) => {
    await using scene = await ChainScene.start({ pairs: ["A", "B", "C"] });
    for (const [what, after, before, { out, back }] of CHANGES) {
      await t.step(`from ${what}`, async () => {
        await scene.apply({ pods: PODS, redirects: before });
        const losing = movingOf(after, before);
        const sensor = scene.sensors.get(losing)!;
        sensor.hold = hold;
        const leave = () => scene.apply({ pods: PODS, redirects: after });
        const ways = { out: out.toReversed(), back: back.toReversed(), losing };
        assertRight(await during(scene, BOTH_WAYS, leave), ways);
        sensor.hold = 0;
      });
    }
  });
}
