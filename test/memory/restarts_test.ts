/** The last good state of what is broken outlives the agent: what is mirrored and redirected stays so. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../../core/report/state.ts";
import { podObject } from "../lab/agent.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { rewire } from "../lab/wire.ts";
import { Bench, halfOf, isInvalid, issue, mirror, redirect } from "./bench.ts";

/** Ways to be wrong, and how status shows each. */
const WRONG: readonly (readonly [
  what: string,
  file: (object: object) => string,
  isSeen: (name: string) => (state: State) => boolean,
])[] = [
  ["cut in half", halfOf, (name) => issue(`${name}.yaml`)],
  ["emptied", () => "", (name) => issue(`${name}.yaml`)],
  [
    "invalid",
    (object) => stringify(object).replace("direction: Both", "direction: Sideways"),
    isInvalid,
  ],
];

Deno.test("the agent is killed and started again beside broken files: all is treated as before", async (t) => {
  await using bench = await Bench.start();
  const { agent } = bench;
  for (const [what, wrong, isSeen] of WRONG) {
    await t.step(what, async () => {
      await bench.remembered(2);
      const [seenM, seenR] = [isSeen("m"), isSeen("r")];
      const both = (state: State) => seenM(state) && seenR(state);
      await bench.undisturbed(async () => {
        await bench.spoil("m.yaml", wrong(mirror("ids0")), seenM);
        await bench.spoil("r.yaml", wrong(redirect()), both);
        for (let restart = 0; restart < 2; restart++) { // what is recalled is remembered again
          await agent.kill();
          agent.startAgain();
          const { trafficControls } = await agent.settled("the same", both);
          assert.deepEqual(trafficControls.map(({ pods }) => pods.length), [1, 1]);
        }
      });
      await agent.write("m.yaml", mirror("ids0"));
      await agent.write("r.yaml", redirect());
      await agent.settled("mended", ({ issues }) => issues.length === 0);
      await agent.realized("m", "r");
    });
  }
  await t.step("a Pod that is invalid", async () => {
    const [web] = bench.lab.pods as [TestPod];
    const pod = stringify(podObject(web, { app: "web" })).replace("app: web", "app: [web]");
    const seen = ({ issues }: State) => issues.some((each) => each.startsWith('Pod "default/p1"'));
    await bench.undisturbed(async () => {
      await bench.spoil("web.yaml", pod, seen);
      await agent.kill();
      agent.startAgain();
      await agent.settled("the same", seen);
    });
    await agent.write("web.yaml", podObject(web, { app: "web" }));
    await agent.realized("m", "r");
  });
});

Deno.test("what is deleted while the agent is away does not come back; what is mended counts", async (t) => {
  await using bench = await Bench.start();
  const { agent, lab } = bench;
  await t.step("a broken file and an invalid object are deleted", async () => {
    await bench.remembered(2);
    await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
    await bench.spoil("r.yaml", stringify(redirect({ direction: "Sideways" })), isInvalid("r"));
    await agent.kill();
    await agent.delete("m.yaml");
    await agent.delete("r.yaml");
    agent.startAgain();
    await agent.realized();
    await bench.treated({ mirrored: false, redirected: false });
    await bench.remembered(0);
  });
  await t.step("the same files, wrong from the start, have no state to go on with", async () => {
    await Deno.writeTextFile(join(agent.manifests, "m.yaml"), halfOf(mirror("ids0")));
    await agent.write("r.yaml", redirect({ direction: "Sideways" }));
    const both = (state: State) => issue("m.yaml")(state) && isInvalid("r")(state);
    await agent.settled("issues", both);
    await agent.kill();
    agent.startAgain();
    await agent.settled("issues", both);
    await bench.treated({ mirrored: false, redirected: false });
  });
  await t.step("mended while the agent is away", async () => {
    await agent.kill();
    await agent.write("m.yaml", mirror("ids0"));
    await agent.write("r.yaml", redirect());
    agent.startAgain();
    await agent.realized("m", "r");
    await rewire(lab.ovs, ["tap0", "tap1"]);
    await bench.treated({ mirrored: true, redirected: true });
  });
  await t.step("mended in another way than before, after a restart", async () => {
    await bench.remembered(2);
    await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
    await agent.kill();
    agent.startAgain();
    await agent.settled("issue", issue("m.yaml"));
    await agent.write("m.yaml", mirror("ids1"));
    const { issues } = await agent.settled(
      "mirrored to ids1",
      ({ trafficControls: [m] }) => m?.target === "ids1" && m.realized,
    );
    assert.deepEqual(issues, []);
    const [web, , other] = lab.pods as [TestPod, TestPod, TestPod];
    await expectFlow({ from: web, to: other }, [[lab.at(other), 1], [lab.atDevice("ids1"), 1]]);
  });
});
