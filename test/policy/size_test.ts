/** Rules cost flows once, not for each Pod; and the sum of what a rule lists, not the product. */
import assert from "node:assert/strict";
import type { Rule } from "./oracle.ts";
import { type More, OF_EACH_POD, SizeWorld } from "./size.ts";
import { include, peer, skip } from "./world.ts";

const PODS = [100, 200, 400] as const;
/** How much the number of flows for each Pod may differ: some Pods have treatments that others have, too. */
const TOLERANCE = 0.05;

/** A rule that no other mirror has, of three ports and three CIDRs. */
const ruleOf = (mirror: number, number: number): Rule =>
  (number % 2 === 0 ? skip : include)({
    protocol: number % 3 === 0 ? "UDP" : "TCP",
    peerPorts: [0, 1, 2].map((at) => ({ port: 1000 + mirror * 100 + number * 10 + at * 2 })),
    peers: [0, 1, 2].map((at) => peer(`10.${mirror}.${number}.${at * 64}/26`)),
  });
const withRules = (count: number): More => (mirror) => ({
  rules: Array.from({ length: count }, (_, number) => ruleOf(mirror, number)),
});

Deno.test("flows are linear in Pods, and rules are not multiplied by Pods: 20 mirrors with 5 rules, all different", async () => {
  await using world = await SizeWorld.start(PODS.at(-1)!);
  const [flows, costs]: [number[], number[]] = [[], []];
  for (const pods of PODS) {
    const five = await world.flows(pods, withRules(5));
    flows.push(five);
    costs.push(five - await world.flows(pods, withRules(1)));
  }
  console.log(
    `  ${PODS} Pods: ${flows} flows, of which four more rules of each mirror are ${costs}`,
  );
  const [few, more, most] = flows as [number, number, number];
  const [first, second] = [(more - few) / 100, (most - more) / 200];
  assert.ok(Math.abs(second / first - 1) < TOLERANCE, `${first} and ${second} flows for a Pod`);
  assert.ok(costs[0]! > 0);
  assert.equal(new Set(costs).size, 1, `${costs}`);
});

/** Which ports, and the most flows that nine more of them and nine more CIDRs may add. */
const LISTS = [["peerPorts", 40], ["ports", 60]] as const;

Deno.test.each(LISTS)(
  "a rule of 10 CIDRs and 10 %s adds their sum of flows, not their product",
  async (list, most) => {
    await using world = await SizeWorld.start(1);
    const listing = (count: number): More => (mirror) => ({
      direction: "Egress",
      rules: [
        include({
          protocol: "TCP",
          [list]: Array.from({ length: count }, (_, at) => ({ port: 1000 + at * 2 })),
          peers: Array.from({ length: count }, (_, at) => peer(`10.${mirror}.${at * 2}.0/24`)),
        }),
      ],
    });
    // A CIDR counts twice, as fragments have rows without ports; a port of either end has a row for each end.
    const added = (await world.flows(1, listing(10)) - await world.flows(1, listing(1))) /
      OF_EACH_POD;
    assert.ok(added > 0 && added < most, `${added}`);
  },
);
