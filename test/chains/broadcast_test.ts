/** Broadcast and multicast from and to Pods with chains: past all pairs, once each, and once to everyone. */
import { ChainScene } from "./scene.ts";
import type { Redirect } from "./oracle.ts";
import { EVERYONE, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const [P1, P2, P3, ALL] = [{ app: "p1" }, { app: "p2" }, { app: "p3" }, { team: "all" }];
const PODS = podsOf("p1", "p2", "p3");
const VLAN = 10;
const COUNT = 4;

const chain = (labels: Labels, pairs: string): Redirect[] =>
  [...pairs].map((pair, chainOrder) =>
    redirectOf(`${Object.values(labels)}-${pair.toLowerCase()}`, [labels, pair], { chainOrder })
  );

/** To everyone from each host: broadcast, and multicast of IPv4 and IPv6. */
function toEveryone(hosts: readonly string[]) {
  return hosts.flatMap((from) => {
    const macs = (to: string) => ({ macs: { from: `02:aa:00:00:00:0${from.slice(1)}`, to } });
    return [
      ...packets(from, EVERYONE, { count: COUNT }),
      ...packets(from, EVERYONE, {
        ...{ version: 4, count: COUNT, destination: "224.0.0.251" },
        ...macs("01:00:5e:00:00:fb"),
      }),
      ...packets(from, EVERYONE, {
        ...{ version: 6, count: COUNT, destination: "ff02::fb" },
        ...macs("33:33:00:00:00:fb"),
      }),
    ];
  });
}

const CASES: readonly (readonly [string, readonly Redirect[]])[] = [
  ["one Pod with a chain", chain(P1, "ABC")],
  ["one chain of three Pods", chain(ALL, "ABC")],
  ["two chains without a common pair", [...chain(P1, "AB"), ...chain(P2, "CD")]],
  ["two chains with a common pair", [...chain(P1, "AB"), ...chain(P2, "BC")]],
  ["two chains with the same pairs the other way round", [...chain(P1, "AC"), ...chain(P2, "CA")]],
  ["three chains, of which the middle one has a pair of each other one", [
    ...chain(P1, "AB"),
    ...chain(P2, "BC"),
    ...chain(P3, "CD"),
  ]],
  ["a chain, and a redirect without order through another pair", [
    ...chain(P1, "AB"),
    redirectOf("alone", [P2, "C"]),
  ]],
];

Deno.test.each([["without VLANs", undefined], ["of a VLAN", VLAN]] as const)(
  "packets to everyone, %s",
  async (_, vlan) => {
    await using scene = await ChainScene.start({ ...(vlan !== undefined && { vlan }) });
    for (const [about, redirects] of CASES) {
      await scene.apply({ pods: PODS, redirects });
      await scene.expectRight(toEveryone(scene.hosts), { about });
    }
    await scene.macsAreHome();
  },
);

Deno.test("one direction alone: what a Pod sends to everyone, or what it receives", async (t) => {
  await using scene = await ChainScene.start();
  for (const direction of ["Egress", "Ingress"] as const) {
    await t.step(direction, async () => {
      const redirects = chain(P1, "ABC").map(({ metadata: { name }, spec }) => ({
        ...redirectOf(`${name}-${direction.toLowerCase()}`, [P1, "A"]),
        spec: { ...spec, direction },
      }));
      await scene.apply({ pods: PODS, redirects });
      await scene.expectRight(toEveryone(scene.hosts), { about: direction });
    });
  }
});

Deno.test("a sensor in the middle that hangs keeps everything from its Pods, and nothing from others", async () => {
  await using scene = await ChainScene.start();
  await scene.apply({ pods: PODS, redirects: chain(P1, "ABC") });
  scene.sensors.get("B")!.isHung = true;
  const sent = packets("p4", EVERYONE, { version: 4 });
  const all = sent.length;
  await scene.expectTally(sent, { p2: all, p3: all, C: all, B: all });
  await scene.expectTally(packets("p1", EVERYONE, { version: 4 }), { A: all, B: all });
});
