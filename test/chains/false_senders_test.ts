/** Packets with a false source MAC: whatever would go into a pair of a chain is dropped, as behind it it would look right. */
import assert from "node:assert/strict";
import { PROTOCOLS } from "../policy/oracle.ts";
import { hostOf } from "../policy/world.ts";
import { ChainScene } from "./scene.ts";
import { type Labels, packets, podsOf, redirectOf } from "./world.ts";

const P1: Labels = { app: "p1" };
const STRANGER = "02:99:00:00:00:01";
const TCP = [{ action: "Include", protocol: "TCP" }];
const UDP = { protocol: PROTOCOLS.UDP };

const link = (pair: string, chainOrder: number, more: object = {}) =>
  redirectOf(pair.toLowerCase(), [P1, pair], { chainOrder, ...more });

/** Packets whose source MAC is not their sender's. */
const falsely = (from: string, to: string, mac: string, more: object = {}) =>
  packets(from, to, { macs: { from: mac, to: hostOf(to).mac }, ...more });

for (const [what, first, second] of [["first", { rules: TCP }, {}], ["last", {}, { rules: TCP }]]) {
  Deno.test(`false senders are dropped, if the rules of the ${what} redirect of a chain leave them and those of the other one do not`, async () => {
    await using scene = await ChainScene.start({ pairs: ["A", "B"] });
    const redirects = [link("A", 1, first as object), link("B", 2, second as object)];
    await scene.apply({ pods: podsOf("p1", "p2"), redirects });
    for (
      const sent of [
        falsely("p1", "p4", STRANGER, UDP),
        falsely("p1", "p4", STRANGER),
        falsely("p1", "p2", hostOf("p4").mac, UDP),
        falsely("p4", "p1", hostOf("p2").mac, UDP),
        falsely("p4", "p1", hostOf("p2").mac),
        falsely("p2", "p1", STRANGER, UDP),
      ]
    ) {
      await scene.expectNone(sent);
      assert.deepEqual(scene.journal, []);
    }
    await scene.expectRight([...packets("p1", "p4", UDP), ...packets("p4", "p1", UDP)]);
    await scene.macsAreHome();
  });
}

Deno.test("false senders pass if the rules of all redirects of a chain leave them", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B"] });
  const redirects = [link("A", 1, { rules: TCP }), link("B", 2, { rules: TCP })];
  await scene.apply({ pods: podsOf("p1", "p2"), redirects });
  await scene.expectRight([
    ...falsely("p1", "p4", STRANGER, UDP),
    ...falsely("p2", "p1", STRANGER, UDP),
  ]);
  await scene.expectNone(falsely("p1", "p4", STRANGER));
  await scene.expectNone(falsely("p2", "p1", STRANGER));
});
