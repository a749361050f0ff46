/** What is said of redirects with and without `chainOrder`: which are in effect, and which values are refused. */
import assert from "node:assert/strict";
import type { Redirect } from "./oracle.ts";
import { superseded } from "./oracle.ts";
import { ChainScene } from "./scene.ts";
import { crossing, type Labels, podsOf, redirectOf } from "./world.ts";

const [P1, ALL]: Labels[] = [{ app: "p1" }, { team: "all" }];
const PODS = podsOf("p1", "p2");
const link = (pair: string, more: object = {}) =>
  redirectOf(pair.toLowerCase(), [P1!, pair], { chainOrder: 0, ...more });

/** Redirects, and the names of those that are superseded. */
const CASES: readonly (readonly [string, readonly Redirect[], readonly string[]])[] = [
  ["a chain", [link("A"), link("B"), link("C")], []],
  ["one without order, behind a chain", [link("A"), redirectOf("b", [P1!, "B"]), link("C")], ["b"]],
  ["one without order wins", [link("A"), redirectOf("b", [P1!, "B"], { priority: 1 }), link("C")], [
    ...["a", "c"],
  ]],
  ["one that wins one direction", [
    link("A"),
    redirectOf("b", [P1!, "B"], { priority: 1, direction: "Egress" }),
    link("C", { direction: "Ingress" }),
  ], ["a"]],
  ["one that wins at another Pod", [link("A"), redirectOf("b", [ALL!, "B"])], ["b"]],
];

Deno.test("redirects that are not in effect are superseded", async (t) => {
  await using scene = await ChainScene.start();
  for (const [about, redirects, lost] of CASES) {
    await t.step(about, async () => {
      assert.deepEqual([...superseded({ pods: PODS, redirects })].sort(), lost);
      await scene.apply({ pods: PODS, redirects });
      for (const { metadata: { name } } of redirects) {
        await scene.conditions(name, ...(lost.includes(name) ? ["Superseded"] : []));
      }
      await scene.expectRight(crossing(scene.hosts, { count: 2 }), { about });
    });
  }
});

const WRONG: readonly unknown[] = [2 ** 31, -(2 ** 31) - 1, 1.5, "1", true];

Deno.test("an order that is no 32-bit integer is refused, and the last good one stays", async (t) => {
  await using scene = await ChainScene.start({ pairs: ["A", "B"] });
  await scene.apply({ pods: PODS, redirects: [link("A", { chainOrder: 1 }), link("B")] });
  const { world } = scene;
  for (const wrong of WRONG) {
    await t.step(JSON.stringify(wrong), async () => {
      await scene.write({ pods: PODS, redirects: [link("A", { chainOrder: wrong }), link("B")] });
      await scene.conditions("a", "Invalid");
      await scene.expectRight(crossing(scene.hosts, { count: 1 }), { world });
    });
  }
});

Deno.test("the annotation means the same as the field", async () => {
  await using scene = await ChainScene.start({ pairs: ["A", "B"] });
  const [a, b] = [link("A", { chainOrder: 2 }), link("B", { chainOrder: -1 })];
  const annotated = ({ metadata, spec: { chainOrder, ...spec } }: Redirect) => ({
    ...redirectOf(metadata.name, [P1!, "A"]),
    metadata: { ...metadata, annotations: { "sluice.dev/chain-order": `${chainOrder}` } },
    spec,
  });
  await scene.write({ pods: PODS, redirects: [annotated(a), annotated(b)] });
  scene.world = { pods: PODS, redirects: [a, b] };
  await scene.settled();
  await scene.expectRight(crossing(scene.hosts, { count: 2 }));
});
