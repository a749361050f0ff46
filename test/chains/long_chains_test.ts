/** Chains as long as they may be, at both ends of a packet: however many pairs it passes or passes over, it arrives. */
import assert from "node:assert/strict";
import { PROTOCOLS } from "../policy/oracle.ts";
import type { Redirect } from "./oracle.ts";
import { ChainScene } from "./scene.ts";
import { EVERYONE, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const [P1, P2]: Labels[] = [{ app: "p1" }, { app: "p2" }];
const PODS = podsOf("p1", "p2", "p3");
const [FIRST, SECOND] = ["CEGIKM", "NPQRSU"] as const;
const [SKIP_TCP, OPEN] = [{ rules: [{ action: "Skip", protocol: "TCP" }] }, {
  failureMode: "Open",
}];
const UDP = { protocol: PROTOCOLS.UDP };

const chain = (labels: Labels, pairs: string, more: object = {}): Redirect[] =>
  [...pairs].map((pair, chainOrder) =>
    redirectOf(`through-${pair.toLowerCase()}`, [labels, pair], { chainOrder, ...more })
  );

/** Between both Pods, from and to an outside host, and to everyone. */
const all = (more: object = {}) =>
  [["p1", "p2"], ["p2", "p1"], ["p1", "p4"], ["p4", "p2"], ["p4", EVERYONE], ["p1", EVERYONE]]
    .flatMap(([from, to]) => packets(from!, to!, { count: 2, ...more }));

Deno.test("two Pods with six redirects each: a packet between them passes twelve pairs, or those that its rules leave", async (t) => {
  await using scene = await ChainScene.start({ pairs: [...FIRST, ...SECOND] });
  const cases: readonly (readonly [string, object, object])[] = [
    ["all", {}, {}],
    ["rules of all", SKIP_TCP, SKIP_TCP],
    ["rules of the sender's", SKIP_TCP, {}],
  ];
  for (const [about, first, second] of cases) {
    await t.step(about, async () => {
      const redirects = [...chain(P1!, FIRST, first), ...chain(P2!, SECOND, second)];
      await scene.apply({ pods: PODS, redirects });
      await scene.expectRight([...all(), ...all(UDP)], { about });
    });
  }
  await t.step("one chain of both", async () => {
    await scene.apply({ pods: PODS, redirects: chain({ team: "all" }, FIRST, SKIP_TCP) });
    await scene.expectRight([...all(), ...all(UDP)]);
  });
  await t.step("a seventh is not in effect", async () => {
    await scene.write({ pods: PODS, redirects: chain(P1!, `${FIRST}N`) });
    await scene.agentSays("one of seven that is not realized", ({ trafficControls }) => {
      const lost = trafficControls.filter(({ realized }) => !realized);
      return lost.length === 1 && lost[0]!.conditions.length === 1;
    });
    const { trafficControls } = await scene.lab.agent.state();
    const lost = trafficControls.find(({ realized }) => !realized)!;
    assert.equal(lost.name, "through-n");
    const redirects = scene.world.redirects.filter(({ metadata }) => metadata.name !== lost.name);
    await scene.expectRight(all(), { world: { pods: PODS, redirects } });
  });
});

Deno.test("all twelve pairs are open, as their sensors hang: a packet passes over all of them, and over those that its rules leave", async () => {
  await using scene = await ChainScene.start({ pairs: [...FIRST, ...SECOND] });
  for (const sensor of scene.sensors.values()) sensor.isHung = true;
  for (const more of [OPEN, { ...OPEN, ...SKIP_TCP }]) {
    await scene.apply({
      pods: PODS,
      redirects: [...chain(P1!, FIRST, more), ...chain(P2!, SECOND, more)],
    });
    await scene.sensorsUp();
    await scene.expectRight([...all(), ...all(UDP)], { world: { pods: PODS, redirects: [] } });
  }
});
