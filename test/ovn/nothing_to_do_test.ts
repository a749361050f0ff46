/** What Sluice has written on an OVN's bridge is what it reads there: nothing is written again. */
import assert from "node:assert/strict";
import { sluice } from "../lab/agent.ts";
import { BRIDGE } from "./chassis.ts";
import { ACTIONS, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

Deno.test({
  name: "on an OVN, plan finds nothing to do, and an agent that starts again writes no flow",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start();
    const { ovs, agent } = scene;
    const where = ["--bridge", BRIDGE, "--ovsdb", ovs.db, "--node", "node1"];
    for (const action of ACTIONS) {
      await t.step(action, async () => {
        await scene.apply(action, "ab", action === "Mirror" ? { nonIP: true } : {});
        const { stdout } = await sluice(ovs, "plan", ...where, "-f", agent.manifests);
        assert.equal(stdout, "0 to add, 0 to change, 0 to remove\n");
        await agent.stop();
        agent.startAgain();
        await agent.realized("t");
        const changes = agent.log.filter((line) => line.includes("Flows changed"));
        assert.deepEqual(changes, []);
      });
    }
  },
});
