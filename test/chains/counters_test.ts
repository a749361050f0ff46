/** What is counted for the redirects of a chain: for each one, what went into its pair. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { PROTOCOLS } from "../policy/oracle.ts";
import { ChainScene } from "./scene.ts";
import { EVERYONE, type Labels, packets, podsOf, redirectOf } from "./world.ts";

const [P1, P2]: Labels[] = [{ app: "p1" }, { app: "p2" }];
/** Milliseconds within which a counter must be exact. */
const EXACT_WITHIN = 1500;

/** Packets out and in of each redirect, by name. */
async function counted({ lab }: ChainScene): Promise<Record<string, readonly number[]>> {
  const { trafficControls } = await lab.agent.state();
  return Object.fromEntries(
    trafficControls.filter(({ action }) => action === "Redirect").map(({ name, redirected }) => [
      name,
      [redirected?.egress?.packets ?? 0, redirected?.ingress?.packets ?? 0],
    ]),
  );
}

async function expectCounted(scene: ChainScene, wanted: Record<string, readonly number[]>) {
  const text = (counts: Record<string, readonly number[]>) => JSON.stringify(counts);
  await eventually(
    "the counts",
    async () => text(await counted(scene)) === text(wanted),
    EXACT_WITHIN,
  )
    .catch(async () => assert.deepEqual(await counted(scene), wanted));
}

Deno.test("each redirect of a chain counts what went into its pair, by direction as its Pod sees it", async (t) => {
  await using scene = await ChainScene.start();
  const link = (pair: string, chainOrder: number, more: object = {}) =>
    redirectOf(pair.toLowerCase(), [P1!, pair], { chainOrder, ...more });
  const rules = [{ action: "Include", protocol: "TCP" }];
  await scene.apply({
    pods: podsOf("p1", "p2"),
    redirects: [
      link("A", 1),
      link("B", 2, { rules }),
      link("C", 3),
      redirectOf("d", [P2!, "D"], { chainOrder: 1 }),
      redirectOf("e", [P2!, "A"], { chainOrder: 2 }),
    ],
  });
  const udp = { protocol: PROTOCOLS.UDP };
  const counts = { a: [0, 0], b: [0, 0], c: [0, 0], d: [0, 0], e: [0, 0] };
  const add = (name: keyof typeof counts, out: number, into: number) => {
    counts[name] = [counts[name][0]! + out, counts[name][1]! + into];
  };
  await t.step("what the Pod sends", async () => {
    await scene.expectRight([...packets("p1", "p4", { count: 5 }), ...packets("p1", "p4", udp)]);
    add("a", 30, 0);
    add("b", 10, 0);
    add("c", 30, 0);
    await expectCounted(scene, counts);
  });
  await t.step("what it receives", async () => {
    await scene.expectRight([...packets("p4", "p1", { count: 5 }), ...packets("p4", "p1", udp)]);
    add("a", 0, 30);
    add("b", 0, 10);
    add("c", 0, 30);
    await expectCounted(scene, counts);
  });
  await t.step("between two Pods, a pair of both counts for the sender", async () => {
    await scene.expectRight(packets("p1", "p2", { count: 5 }));
    add("a", 10, 0);
    add("b", 10, 0);
    add("c", 10, 0);
    add("d", 0, 10);
    await expectCounted(scene, counts);
  });
  await t.step("what it sends to everyone", async () => {
    await scene.expectRight(packets("p1", EVERYONE, { count: 5 }));
    add("a", 10, 0);
    add("b", 10, 0);
    add("c", 10, 0);
    add("d", 0, 10);
    await expectCounted(scene, counts);
  });
});
