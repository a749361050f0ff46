/**
 * Broadcast and multicast where each Pod has mirrors of its own, with a scope, and all of them have one collector: of what
 * a Pod sends, it gets no copy that the Pod alone wants of what it receives.
 */
import assert from "node:assert/strict";
import { LEGS_OF_ROW } from "../../plugins/pipelines/_leg_lists.ts";
import { Random } from "../ownership/random.ts";
import { copiesOf, EVERYONE, type Mirror, type World } from "./oracle.ts";
import { build, type Sent } from "./packets.ts";
import { randomPackets } from "./random.ts";
import { PolicyScene } from "./scene.ts";
import { include, mirrorOf, OUTSIDE, podsOf, shapeOf } from "./world.ts";

const [P1, P2, P3] = ["p1", "p2", "p3"] as const;
const PODS = podsOf(P1, P2, P3);
const [SEED, OTHERS] = [11, 200];
const UDP = 17;

/** For packets to one port. */
const to = (port: number, more: Partial<Mirror["spec"]> = {}) => ({
  rules: [include({ protocol: "UDP", podPorts: [{ port }] })],
  ...more,
});
const INGRESS = { direction: "Ingress" } as const;
/** A broadcast to a port. */
const from = (name: string, port: number, more = {}) =>
  build(shapeOf(name, EVERYONE, { protocol: UDP, ports: { from: 9, to: port }, ...more }));

type Said = readonly (readonly [Sent, number | undefined])[];
type Case = readonly [readonly Mirror[], Said];

/** So many mirrors of one Pod that two rows do not suffice for them. What it sends, they do not take: it is of port 9. */
function manyOf(more: Partial<Mirror["spec"]>): Case {
  const count = 2 * LEGS_OF_ROW + 3;
  const many = Array.from(
    { length: count },
    (_, index) =>
      mirrorOf(`a${index}`, { app: P1 }, to(100 + index, { ...more, truncateBytes: 64 + index })),
  );
  return [
    [
      ...many,
      mirrorOf("m2", { app: P2 }, to(100, { truncateBytes: 150 })),
      mirrorOf("m3", { app: P3 }, to(100 + LEGS_OF_ROW, { ...INGRESS, truncateBytes: 70 })),
    ],
    [
      [from(P1, 100), 150],
      [from(P1, 101), undefined],
      [from(P1, 100 + LEGS_OF_ROW), 70],
      [from(P2, 100), 64],
      [from(P2, 100 + LEGS_OF_ROW), 64 + LEGS_OF_ROW],
      [from(P2, 100 + 2 * LEGS_OF_ROW + 2), 66 + 2 * LEGS_OF_ROW],
      [from(P3, 100), 150],
      [from(P3, 100 + LEGS_OF_ROW), 64 + LEGS_OF_ROW],
      [from(OUTSIDE, 100 + 2 * LEGS_OF_ROW), 64 + 2 * LEGS_OF_ROW],
    ],
  ];
}

/** The bytes of the copy that the collector gets, and nothing where it gets none. */
const WORLDS: Readonly<Record<string, Case>> = {
  "what each of them receives": [
    [
      mirrorOf("m1", { app: P1 }, to(1, INGRESS)),
      mirrorOf("m2", { app: P2 }, to(2, { ...INGRESS, truncateBytes: 100 })),
      mirrorOf("m3", { app: P3 }, to(3, { ...INGRESS, truncateBytes: 64 })),
    ],
    [
      [from(P1, 1), undefined],
      [from(P1, 2), 100],
      [from(P1, 3), 64],
      [from(P2, 1), 200],
      [from(P2, 2, { version: 6 }), undefined],
      [from(P3, 3), undefined],
      [from(P3, 1, { version: 6 }), 200],
      [from(OUTSIDE, 1), 200],
      [from(OUTSIDE, 3), 64],
      [from(OUTSIDE, 4), undefined],
    ],
  ],
  "what each of them sends and receives: the sender's own rule takes it or not": [
    [
      mirrorOf("m1", { app: P1 }, { rules: [include({ protocol: "UDP", ports: [{ port: 1 }] })] }),
      mirrorOf("m2", { app: P2 }, to(1, { truncateBytes: 100 })),
      mirrorOf("m3", { app: P3 }, to(2, { truncateBytes: 64 })),
    ],
    [
      [from(P1, 1), 200], // by what the sender sends
      [from(P2, 1), 200], // by m1, of what p1 receives
      [from(P2, 2), 64],
      [from(P1, 2), 64],
      [from(P3, 2), undefined], // it is the port of the receivers, not of the Pod
      [from(OUTSIDE, 2), 64],
    ],
  ],
  "one of two that want the same sends; one alone wants more of it": [
    [
      mirrorOf("both", { team: "all" }, to(1, { ...INGRESS, truncateBytes: 64 })),
      mirrorOf("more", { app: P1 }, to(1, { ...INGRESS, truncateBytes: 128 })),
    ],
    [[from(P1, 1), 64], [from(P2, 1), 128], [from(OUTSIDE, 1), 128], [from(P1, 2), undefined]],
  ],
  "one wants whole packets, the others parts of some": [
    [
      mirrorOf("whole", { app: P1 }, INGRESS),
      mirrorOf("m2", { app: P2 }, to(1, { truncateBytes: 100 })),
      mirrorOf("m3", { app: P3 }, to(1, { ...INGRESS, truncateBytes: 64 })),
    ],
    [
      [from(P1, 1), 100],
      [from(P1, 2), undefined],
      [from(P2, 2), 200],
      [from(P3, 1), 200],
    ],
  ],
  "more than a row has of what one Pod receives, and others among them": manyOf(INGRESS),
  "more than a row has of what one Pod sends and receives": manyOf({}),
};

Deno.test("broadcast of Pods with mirrors of their own and one collector", async (t) => {
  await using scene = await PolicyScene.start();
  for (const [name, [mirrors, said]] of Object.entries(WORLDS)) {
    await t.step(name, async () => {
      const world: World = { pods: PODS, mirrors };
      for (const [{ packet }, bytes] of said) {
        assert.equal(copiesOf(packet, world).get("t0"), bytes, JSON.stringify(packet));
      }
      await scene.apply(world);
      const others = randomPackets(new Random(SEED), OTHERS, world);
      await scene.expectRight([...said.map(([sent]) => sent), ...others]);
    });
  }
});
