/** A redirect leaves the one chain of two Pods that talk to each other, while packets never pause. */
import { assertRight, during, HOLD, OF_ALL, PODS } from "./live.ts";
import type { Redirect } from "./oracle.ts";
import { ChainScene } from "./scene.ts";

const PEERS = [["p1", "p2"], ["p2", "p1"]] as const;
const [a, b, c] = OF_ALL;

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
  ["the middle of one chain of both", {
    ...{ hosts: PEERS, before: [a, b, c], after: [a, c], leaving: "B" },
    ...{ out: ["ABC", "AC"], back: ["ABC", "AC"] },
  }],
  ["the first of one chain of both", {
    ...{ hosts: PEERS, before: [a, b, c], after: [b, c], leaving: "A" },
    ...{ out: ["ABC", "BC"], back: ["ABC", "BC"] },
  }],
];

Deno.test.each(CASES)("a redirect leaves while packets never pause: %s", async (_, each) => {
  await using scene = await ChainScene.start();
  await scene.apply({ pods: PODS, redirects: each.before });
  for (const pair of each.leaving) scene.sensors.get(pair)!.hold = HOLD;
  const leave = () => scene.apply({ pods: PODS, redirects: each.after });
  assertRight(await during(scene, each.hosts, leave), each);
});
