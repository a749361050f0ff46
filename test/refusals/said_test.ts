/** What is done in no packet's case is not said to be done: no Pod is selected, or a drop comes first. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { PLUGINS } from "../lab/paths.ts";
import { expectFlow } from "../lab/traffic.ts";
import { mirror, redirect } from "./refusal.ts";

async function start() {
  const lab = await Lab.start(2, { args: ["--plugins", PLUGINS] });
  const { agent, pods: [p1, p2] } = lab;
  await agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  return { lab, agent, p1: p1!, p2: p2! };
}

const statusOf = async ({ ovs }: Lab, name: string) =>
  (await sluice(ovs, "status")).stdout.split("\n").find((line) => line.startsWith(`${name} `))
    ?.split(/\s+/).slice(5, 7);

Deno.test("a mirror of no Pod: the status says NoPods, and yes as soon as there is one", async () => {
  const { lab, agent, p2 } = await start();
  await using _ = lab;
  await agent.write("m.yaml", mirror("m", internal("ids0"), "nobody"));
  await agent.realized("m");
  assert.deepEqual(await statusOf(lab, "m"), ["0", "NoPods"]);
  assert.ok(agent.log.some((line) => line.endsWith("TrafficControl selects no Pods here name=m")));
  assert.ok(!agent.log.some((line) => /TrafficControl realized/.test(line)));
  await agent.write("p2.yaml", podObject({ ...p2, name: "p2" }, { app: "nobody" }));
  await agent.settled("a Pod", ({ trafficControls: [m] }) => m?.pods.length === 1 && m.realized);
  assert.deepEqual(await statusOf(lab, "m"), ["1", "yes"]);
});

Deno.test("a redirect whose packets another TrafficControl drops is superseded, as long as that is there", async () => {
  const { lab, agent, p1, p2 } = await start();
  await using _ = lab;
  const drop = { appliedTo: app("web"), direction: "Both", action: "Drop" };
  await agent.write("d.yaml", trafficControl("d", drop));
  await agent.write("r.yaml", redirect("r", "tap0", "tap1"));
  const { trafficControls: [d, r] } = await agent.settled(
    "a condition",
    ({ trafficControls: [, r] }) => r !== undefined && r.conditions.length > 0,
  );
  assert.deepEqual([d?.realized, r?.realized], [true, false]);
  assert.deepEqual(r?.conditions.map((each) => [each.reason, sentence(each)]), [
    ["Superseded", 'TrafficControl "d" drops packets of Pod "default/p1"'],
  ]);
  assert.deepEqual(await statusOf(lab, "r"), ["1", "Superseded"]);
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 0]]);
  await agent.delete("d.yaml");
  await agent.realized("r");
  assert.deepEqual(await statusOf(lab, "r"), ["1", "yes"]);
});

const TIMES = 30;

Deno.test(`the log never says that a mirror to a missing device is realized: ${TIMES} of them, which come in the middle of rounds`, async () => {
  const { lab, agent } = await start();
  await using _ = lab;
  const names = Array.from({ length: TIMES }, (_, index) => `m${index}`);
  // Changes that are written keep rounds going while the others come.
  for (const name of names) {
    await agent.write("good.yaml", mirror("good", internal(`ids-${name}`)));
    await agent.write(`${name}.yaml`, mirror(name, { device: { name: "missing0" } }));
  }
  await agent.settled(
    "all of them",
    ({ trafficControls }) =>
      names.every((name) =>
        trafficControls.some((each) =>
          each.name === name && each.conditions.some(({ reason }) => reason === "DeviceMissing")
        )
      ),
  );
  const said = (what: string) =>
    agent.log.flatMap((line) =>
      new RegExp(`TrafficControl ${what} name=(m\\d+)`).exec(line)?.[1] ?? []
    );
  assert.deepEqual(said("realized"), []);
  assert.deepEqual([...new Set(said("not realized"))].sort(), [...names].sort());
});
