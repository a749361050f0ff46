/** Several redirects of a Pod in a row: in which order packets pass their pairs. */
import assert from "node:assert/strict";
import { internal, trafficControl } from "../lab/agent.ts";
import { PROTOCOLS } from "../policy/oracle.ts";
import { tcp } from "../sensors/tcp.ts";
import type { Sent } from "./packets.ts";
import { ChainScene } from "./scene.ts";
import { crossing, EVERYONE, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const [P1, P2, ALL] = [{ app: "p1" }, { app: "p2" }, { team: "all" }];
const VLAN = 10;

/** One redirect for each pair, in this order: `ABC` are three in a row. @param first The order of the first one. */
const chain = (labels: Labels, pairs: string, first = 0) =>
  [...pairs].map((pair, index) =>
    redirectOf(`${Object.values(labels)}-${pair.toLowerCase()}`, [labels, pair], {
      chainOrder: first + index,
    })
  );

Deno.test("three in a row: out in their order, back in reverse, also for connections", async () => {
  await using scene = await ChainScene.start();
  await scene.apply({ pods: podsOf("p1", "p2"), redirects: chain(P1, "BAC", -1) });
  await scene.expectRight(crossing(scene.hosts));
  const [p1, , , p4] = scene.lab.pods;
  for (const version of [4, 6] as const) {
    assert.deepEqual(await p1!.ping(p4!.ip(version)), { sent: 5, received: 5 });
    assert.deepEqual(await p4!.ping(p1!.ip(version)), { sent: 5, received: 5 });
  }
  await tcp(p1!.netns, { netns: p4!.netns, ip: p4!.ip() });
  await tcp(p4!.netns, { netns: p1!.netns, ip: p1!.ip(6) });
  await scene.macsAreHome();
  for (const sensor of scene.sensors.values()) {
    if (sensor.pair === "D") continue;
    sensor.isHung = true; // so each of them is on the way of pings, in one direction or both
    assert.equal((await p1!.ping(p4!.ip(), 1)).received, 0, sensor.pair);
    sensor.isHung = false;
  }
});

Deno.test("a chain of Pods with access ports: no sensor sees a tag, and the trunk gets one", async () => {
  await using scene = await ChainScene.start({ vlan: VLAN });
  await scene.apply({ pods: podsOf("p1", "p2"), redirects: chain(P1, "ABC") });
  await scene.expectRight(crossing(scene.hosts));
  await scene.apply({ pods: podsOf("p1", "p2"), redirects: chain(ALL, "CA") });
  await scene.expectRight(crossing(scene.hosts));
  const [p1, p2, p3] = scene.lab.pods;
  for (const version of [4, 6] as const) {
    assert.deepEqual(await p1!.ping(p2!.ip(version)), { sent: 5, received: 5 });
    assert.deepEqual(await p3!.ping(p1!.ip(version)), { sent: 5, received: 5 });
  }
  await scene.macsAreHome();
});

Deno.test("Pods whose ports are trunks: the sensors see the tag, and it stays", async () => {
  await using scene = await ChainScene.start({ tag: VLAN });
  await scene.apply({
    pods: podsOf("p1", "p2"),
    redirects: [...chain(P1, "ABC"), ...chain(P2, "DB")],
  });
  await scene.expectRight(crossing(scene.hosts));
  await scene.macsAreHome();
});

Deno.test("Pods that are known by their addresses: a packet to them passes their chain, whatever its MAC", async () => {
  await using scene = await ChainScene.start({ annotations: { "sluice.dev/match": "ip" } });
  await scene.apply({
    pods: podsOf("p1", "p2"),
    redirects: [...chain(P1, "ABC"), ...chain(P2, "DB")],
  });
  const isToOne = ({ packet }: Sent) => packet.to !== EVERYONE;
  await scene.expectRight(crossing(scene.hosts).filter(isToOne));
});

Deno.test("a pair that the chains of both ends have is passed once", async (t) => {
  await using scene = await ChainScene.start();
  const pods = podsOf("p1", "p2");
  for (
    const [what, redirects] of [
      ["one chain of both", chain(ALL, "AB")],
      ["in the middle", [...chain(P1, "AB"), ...chain(P2, "BC")]],
      ["the other way round", [...chain(P1, "AC"), ...chain(P2, "CA")]],
      ["at both ends", [...chain(P1, "ABC"), ...chain(P2, "CDA")]],
      ["one of them is no chain", [...chain(P1, "AB"), redirectOf("p2", [P2, "C"])]],
      ["none", [...chain(P1, "AB"), ...chain(P2, "CD")]],
    ] as const
  ) {
    await t.step(what, async () => {
      await scene.apply({ pods, redirects });
      await scene.expectRight(crossing(scene.hosts, { count: 4 }));
    });
  }
});

Deno.test("equal and extreme numbers, and directions", async (t) => {
  await using scene = await ChainScene.start();
  const pods = podsOf("p1", "p2");
  const numbered = (name: string, pair: string, chainOrder: number, more: object = {}) =>
    redirectOf(name, [P1, pair], { chainOrder, ...more });
  for (
    const [what, redirects] of [
      ["equal: the priority", [
        numbered("a", "A", 7, { priority: 600 }),
        numbered("b", "B", 7),
        numbered("c", "C", 7, { priority: 400 }),
      ]],
      ["equal: the age", [
        numbered("a", "A", 7, { creationTimestamp: "2026-01-02T00:00:00Z" }),
        numbered("b", "B", 7, { creationTimestamp: "2026-01-01T00:00:00Z" }),
      ]],
      ["equal: the name", [numbered("b", "A", 7), numbered("a", "B", 7)]],
      ["the largest and the smallest", [
        numbered("a", "A", 2 ** 31 - 1),
        numbered("b", "B", -(2 ** 31)),
        numbered("c", "C", 0),
      ]],
      ["one direction each", [
        numbered("a", "A", 3, { direction: "Egress" }),
        numbered("b", "B", 2, { direction: "Ingress" }),
        numbered("c", "C", 1),
      ]],
      ["no chain in one direction", [
        redirectOf("a", [P1, "A"], { direction: "Ingress" }),
        numbered("b", "B", 2, { direction: "Egress" }),
        numbered("c", "C", 1, { direction: "Egress" }),
      ]],
      ["one alone", [numbered("a", "A", 3)]],
    ] as const
  ) {
    await t.step(what, async () => {
      await scene.apply({ pods, redirects });
      await scene.expectRight(crossing(scene.hosts, { count: 4 }));
    });
  }
});

Deno.test("rules of one redirect concern its pair alone", async () => {
  await using scene = await ChainScene.start();
  const [first, second, third] = chain(P1, "ABC");
  const rules = [{ action: "Include", protocol: "TCP" }] as const;
  await scene.apply({
    pods: podsOf("p1", "p2"),
    redirects: [
      first!,
      { ...second!, spec: { ...second!.spec, rules } },
      third!,
      ...chain(P2, "DB"),
    ],
  });
  const udp = { protocol: PROTOCOLS.UDP, count: 4 };
  await scene.expectRight([
    ...crossing(scene.hosts, { count: 4 }),
    ...crossing(scene.hosts, udp),
  ]);
});

Deno.test("a mirror of a Pod with a chain gets each packet once", async () => {
  await using scene = await ChainScene.start();
  await scene.apply({ pods: podsOf("p1", "p2"), redirects: chain(P1, "AB") });
  const mirror = { direction: "Both", action: "Mirror", targetPort: internal("ids0") };
  const appliedTo = { podSelector: { matchLabels: P1 } };
  await scene.lab.agent.write("mirror.yaml", trafficControl("m", { appliedTo, ...mirror }));
  await scene.agentSays(
    "the mirror",
    ({ trafficControls }) => trafficControls.some(({ name, realized }) => name === "m" && realized),
  );
  const ids = scene.lab.atDevice("ids0");
  for (const sent of [packets("p1", "p4"), packets("p4", "p1"), packets("p1", "p2")]) {
    await scene.expectRight(sent);
    ids.look();
    assert.deepEqual(sent.map(({ id }) => ids.count(id)), sent.map(() => 1));
  }
});
