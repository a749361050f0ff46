/** Each Pod has a mirror of its own, with rules, and all of them have one collector: flows and their actions are a sum. */
import assert from "node:assert/strict";
import { podAt, SizeWorld } from "./size.ts";
import { include, mirrorOf } from "./world.ts";

const PODS = [50, 100, 200, 400] as const;
/** The most that a Pod more may cost, and how much that may differ between small and large worlds. */
const MOST = { flows: 32, actions: 100 } as const;
const TOLERANCE = 0.05;
/** A flow-mod has 64 KB, and Open vSwitch may need twice as much for an action as OpenFlow does. */
const MOST_ACTIONS_OF_FLOW = 500;

/** How many actions a flow has, with those inside of a clone. */
const countActions = (flow: string) =>
  flow.split(" actions=")[1]!.match(/(?<=^|[,(])[a-z_]+/g)?.length ?? 0;

function objectsFor(pods: number): object[] {
  return Array.from({ length: pods }, (_, index) => [
    podAt(index, { own: `p${index}` }),
    mirrorOf(`m${index}`, { own: `p${index}` }, {
      rules: [include({ protocol: "UDP", podPorts: [{ port: 1000 + index }] })],
    }),
  ]).flat();
}

Deno.test("400 Pods with a mirror of their own: flows and actions for broadcast are a sum, and each flow has few", async () => {
  await using world = await SizeWorld.start(PODS.at(-1)!);
  const sizes = [];
  for (const pods of PODS) {
    const begin = performance.now();
    const flows = await world.plan(objectsFor(pods));
    const milliseconds = Math.round(performance.now() - begin);
    const actions = flows.map(countActions);
    sizes.push({
      flows: flows.length,
      actions: actions.reduce((sum, each) => sum + each, 0),
      largest: Math.max(...actions),
    });
    console.log(`  ${pods} Pods, in ${milliseconds} ms: ${JSON.stringify(sizes.at(-1))}`);
  }
  const [smallest, , , most] = sizes as [Size, Size, Size, Size];
  for (const [index, size] of sizes.entries()) {
    assert.ok(size.largest < MOST_ACTIONS_OF_FLOW, `${size.largest} actions of one flow`);
    const more = PODS[index]! - PODS[0];
    for (const what of ["flows", "actions"] as const) {
      const forOne = (most[what] - smallest[what]) / (PODS.at(-1)! - PODS[0]);
      assert.ok(forOne > 0 && forOne < MOST[what], `${forOne} ${what} for a Pod`);
      const straight = smallest[what] + forOne * more;
      assert.ok(Math.abs(size[what] / straight - 1) < TOLERANCE, `${what}: ${size[what]}`);
    }
  }
});

interface Size {
  readonly flows: number;
  readonly actions: number;
  readonly largest: number;
}
