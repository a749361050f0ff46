/** Redirects leave chains of two Pods that talk to each other, or several leave at once, while packets never pause. */
import { A, assertRight, B, BOTH_WAYS, C, during, HOLD, OF_ALL, PODS } from "./live.ts";
import type { Redirect } from "./oracle.ts";
import { ChainScene } from "./scene.ts";
import { type Labels, redirectOf } from "./world.ts";

const P2: Labels = { app: "p2" };
const PEERS = [["p1", "p2"], ["p2", "p1"]] as const;
/** The second Pod's chain. */
const SECOND = [
  redirectOf("near", [P2, "C"], { chainOrder: 1 }),
  redirectOf("far", [P2, "D"], { chainOrder: 2 }),
] as const;
const [NEAR, FAR] = SECOND;
/** One chain that both Pods have. */
const [FIRST, SECOND_OF_ALL, THIRD] = OF_ALL;

interface Case {
  readonly hosts: readonly (readonly [string, string])[];
  readonly before: readonly Redirect[];
  readonly after: readonly Redirect[];
  /** The pairs whose redirects leave. */
  readonly leaving: string;
  readonly out: readonly string[];
  readonly back: readonly string[];
}

const CASES: readonly (readonly [string, Case])[] = [
  ["the first of the sender's chain", {
    ...{ hosts: PEERS, before: [A, B, NEAR, FAR], after: [B, NEAR, FAR], leaving: "A" },
    ...{ out: ["ABDC", "BDC"], back: ["CDBA", "CDB"] },
  }],
  ["the last of the sender's chain", {
    ...{ hosts: PEERS, before: [A, B, NEAR, FAR], after: [A, NEAR, FAR], leaving: "B" },
    ...{ out: ["ABDC", "ADC"], back: ["CDBA", "CDA"] },
  }],
  ["the last of the receiver's chain", {
    ...{ hosts: PEERS, before: [A, B, NEAR, FAR], after: [A, B, NEAR], leaving: "D" },
    ...{ out: ["ABDC", "ABC"], back: ["CDBA", "CBA"] },
  }],
  ["the first of the receiver's chain", {
    ...{ hosts: PEERS, before: [A, NEAR, FAR], after: [A, FAR], leaving: "C" },
    ...{ out: ["ADC", "AD"], back: ["CDA", "DA"] },
  }],
  ["the middle of one chain of both", {
    ...{ hosts: PEERS, before: OF_ALL, after: [FIRST, THIRD], leaving: "B" },
    ...{ out: ["ABC", "AC"], back: ["ABC", "AC"] },
  }],
  ["the first of one chain of both", {
    ...{ hosts: PEERS, before: OF_ALL, after: [SECOND_OF_ALL, THIRD], leaving: "A" },
    ...{ out: ["ABC", "BC"], back: ["ABC", "BC"] },
  }],
  ["two at once, in front", {
    ...{ hosts: BOTH_WAYS, before: [A, B, C], after: [C], leaving: "AB" },
    ...{ out: ["ABC", "AC", "C"], back: ["CBA", "CB", "C"] },
  }],
  ["two at once, behind", {
    ...{ hosts: BOTH_WAYS, before: [A, B, C], after: [A], leaving: "BC" },
    ...{ out: ["ABC", "AB", "A"], back: ["CBA", "CA", "A"] },
  }],
  ["two at once, around", {
    ...{ hosts: BOTH_WAYS, before: [A, B, C], after: [B], leaving: "AC" },
    ...{ out: ["ABC", "AB", "B"], back: ["CBA", "CB", "B"] },
  }],
];

Deno.test.each(CASES)("a redirect leaves while packets never pause: %s", async (_, each) => {
  await using scene = await ChainScene.start();
  await scene.apply({ pods: PODS, redirects: each.before });
  for (const pair of each.leaving) scene.sensors.get(pair)!.hold = HOLD;
  const leave = () => scene.apply({ pods: PODS, redirects: each.after });
  assertRight(await during(scene, each.hosts, leave), each);
});
