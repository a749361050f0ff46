/** OVN's own flows stay what they are: with mirrors and redirects, without them, and after a cleanup. */
import assert from "node:assert/strict";
import { sluice } from "../lab/agent.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { BRIDGE } from "./chassis.ts";
import { control, OvnScene } from "./ovn_scene.ts";
import { SKIPPED } from "./programs.ts";

/** The upper 16 bits of Sluice's cookies. */
const OWN = /cookie=0x51ce/;
/** What counts packets or time. */
const COUNTED =
  /\b(duration|n_packets|n_bytes|idle_age|hard_age|packet_count|byte_count|bucket\d+)=[^, ]+(, )?/g;
/** Where OVN keeps MACs that it has learned: ovn-controller, OFTABLE_MAC_BINDING and the following tables (23.03 to 25.03). */
const LEARNED = /table=(66|67|71|72|79)\b/;

const lines = (text: string) => text.split("\n").map((line) => line.replace(COUNTED, "").trim());

/** All flows and groups of the bridge that are not Sluice's, byte for byte but for what is counted. */
async function ownersFlows(ovs: PrivateOvs): Promise<string[]> {
  const flows = lines(await ovs.ofctl("dump-flows", BRIDGE));
  const groups = lines(await ovs.ofctl("dump-groups", BRIDGE));
  const meters = lines(await ovs.ofctl("dump-meters", BRIDGE));
  const all = [...flows, ...groups, ...meters].filter((line) => !/^(NXST|OFPST|$)/.test(line));
  return all.filter((line) => !OWN.test(line) && !LEARNED.test(line)).sort();
}

/** What of Sluice is in the bridge: flows, ports, groups. */
async function sluices(ovs: PrivateOvs): Promise<string[]> {
  const flows = (await ovs.ofctl("dump-flows", BRIDGE)).split("\n").filter((line) =>
    OWN.test(line)
  );
  const ports = (await ovs.vsctl("list-ports", BRIDGE)).split("\n")
    .filter((name) => /^(ids|tap)\d$/.test(name));
  return [...flows, ...ports];
}

Deno.test({
  name:
    "OVN's own flows are byte for byte what they were: during, after the objects, after a cleanup",
  ignore: SKIPPED,
  async fn(t) {
    await using scene = await OvnScene.start();
    const { ovs, agent } = scene;
    const before = await ownersFlows(ovs);
    assert.ok(before.length > 500, `${before.length} flows`);
    const crossing = () => scene.expect({ from: "a", to: "b", seen: 1 });
    const both = async () => {
      await agent.write("tc.yaml", control("Mirror", {}, "m"), control("Redirect", {}, "r"));
      await agent.realized("m", "r");
      await scene.wire();
    };
    await t.step("a mirror and a redirect of the same Pods", async () => {
      await scene.apply("Mirror", "ab", { nonIP: true });
      await both();
      await crossing();
      assert.notDeepEqual(await sluices(ovs), []);
      assert.deepEqual(await ownersFlows(ovs), before);
    });
    await t.step("the objects are deleted", async () => {
      await agent.delete("tc.yaml");
      await agent.settled("no TrafficControl", ({ trafficControls: all }) => all.length === 0);
      await eventually("nothing of Sluice", async () => (await sluices(ovs)).length === 0);
      assert.deepEqual(await ownersFlows(ovs), before);
    });
    await t.step("they are back, then the agent ends, and there is a cleanup", async () => {
      await both();
      await agent.stop();
      assert.deepEqual(await ownersFlows(ovs), before);
      assert.notDeepEqual(await sluices(ovs), []);
      const { code, stderr } = await sluice(ovs, "cleanup", "--ovsdb", ovs.db, "--bridge", BRIDGE);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await sluices(ovs), []);
      assert.deepEqual(await ownersFlows(ovs), before);
    });
    await t.step("ovn-controller, computing anew, changes nothing", async () => {
      await scene.chassis.recompute();
      await scene.ovn.sync();
      assert.deepEqual(await ownersFlows(ovs), before);
    });
  },
});
