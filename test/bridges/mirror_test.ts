/** One agent, two bridges, a Pod with a NIC on each, and one TrafficControl that mirrors both into one tunnel. */
import assert from "node:assert/strict";
import { app, sluice, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { expectFlow } from "../lab/traffic.ts";
import { collector, kernelVxlan } from "../lab/tunnel.ts";
import { ON_BOTH, TwoBridges } from "./world.ts";

const REMOTE = "10.0.10.2";
const VNI = 7;

/** A TrafficControl that mirrors what Pod `web` sends and receives. */
const mirror = (targetPort: object) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort,
  });

/** What an agent may not write when it starts again, without what it says of itself. */
async function written({ ovs }: TwoBridges): Promise<string> {
  const columns = (table: string, names: string) => ovs.vsctl(`--columns=${names}`, "list", table);
  const rows = await Promise.all([
    columns("interface", "_uuid,name,options"),
    columns("port", "_uuid,name,external_ids"),
    columns("bridge", "_uuid,name,ports"),
  ]);
  const flows = await Promise.all(["br0", "br1"].map((bridge) => ovs.ofctl("dump-flows", bridge)));
  // A flow that is written again has other counters and another age
  const counted = flows.join("\n").split("\n").filter((line) => line.includes("cookie=0x51ce"))
    .map((line) => line.replace(/ (duration|idle_age|hard_age)=[^ ]+/g, ""));
  return [...rows, ...counted.sort()].join("\n");
}

Deno.test("a Pod with NICs on two bridges is mirrored on both, by one TrafficControl into one tunnel", async (t) => {
  await using world = await TwoBridges.start();
  const { agent, ovs } = world;
  const far = await collector(ovs, [REMOTE]);
  const device = await kernelVxlan(far, { vni: VNI, port: 4789, local: REMOTE });
  await agent.write(
    "pods.yaml",
    world.pod("web", ["web0", "web1"], { app: "web" }),
    world.pod("other0", ["other0"]),
    world.pod("other1", ["other1"]),
  );
  await agent.write("tc.yaml", mirror({ vxlan: { remoteIP: REMOTE, vni: VNI } }));
  const state = await agent.settled(
    "realized on both bridges",
    ({ trafficControls: [tc] }) => tc?.realized === true && tc.bridges?.length === 2,
  );
  const inside = world.atPlace("collector", { netns: far.netns, device });
  await t.step(
    "each packet of each bridge has one copy, with the VNI that is asked for",
    async () => {
      for (const index of [0, 1]) {
        const [web, other] = [world.nic(`web${index}`), world.nic(`other${index}`)];
        const [atWeb, atOther] = [world.at(`web${index}`), world.at(`other${index}`)];
        await expectFlow({ from: web, to: other, count: 100 }, [[atOther, 1], [inside, 1]]);
        await expectFlow({ from: other, to: web, count: 100 }, [[atWeb, 1], [inside, 1]]);
      }
    },
  );
  await t.step("the state, the status and the metrics name the bridges", async () => {
    assert.equal(state.bridge, "br0,br1");
    assert.deepEqual(state.bridges?.map(({ bridge, conditions }) => [bridge, conditions]), [
      ["br0", []],
      ["br1", []],
    ]);
    const [tc] = state.trafficControls;
    assert.deepEqual([tc!.pods, tc!.conditions], [["default/web"], []]);
    assert.deepEqual(tc!.bridges!.map(({ bridge, realized }) => [bridge, realized]), [
      ["br0", true],
      ["br1", true],
    ]);
    const [first, second] = tc!.bridges!.map(({ target }) => target);
    assert.equal(new Set([first, second]).size, 2, "a name is on one bridge only");
    assert.deepEqual(state.ports.map(({ bridge, name }) => [bridge, name]), [
      ["br0", first],
      ["br1", second],
    ]);
    const web = state.pods.find(({ name }) => name === "web")!;
    assert.deepEqual(web.ports.map(({ bridge, name }) => [bridge, name]), [
      ["br0", "web0"],
      ["br1", "web1"],
    ]);
    assert.deepEqual(web.conditions, []);
    // The switch brings its counters up to date each second.
    const counted = await eventually("all copies in the counter", async () => {
      const [only] = (await agent.state()).trafficControls;
      return only!.copied?.egress?.packets === 200 && only;
    });
    assert.deepEqual(counted.bridges!.map(({ copied }) => copied!.egress!.packets), [100, 100]);
    const { text } = await agent.get("/metrics");
    for (const bridge of ["br0", "br1"]) {
      const labels = `bridge="${bridge}",name="m",direction="egress",what="copied"`;
      assert.ok(text.includes(`\nsluice_traffic_control_packets_total{${labels}} 100\n`), text);
      assert.ok(text.includes(`\nsluice_selected_pods{bridge="${bridge}"} 1\n`), text);
    }
    assert.ok(text.includes("\nsluice_pods 3\n"), text);
    const { stdout } = await sluice(ovs, "status");
    assert.match(stdout, /^Node node1, bridges br0: \d+ flows, br1: \d+ flows\n/);
    assert.match(stdout, /\nBRIDGE +NAMESPACE +NAME +PORT/);
  });
  await t.step("an agent that starts again writes nothing", async () => {
    const before = await written(world);
    for (const end of ["stop", "kill"] as const) {
      await agent[end]();
      agent.startAgain();
      await agent.realized("m");
      assert.equal(await written(world), before);
    }
  });
  await t.step(
    "plan and doctor find nothing to do, cleanup leaves nothing on either bridge",
    async () => {
      const where = ["--node", "node1", "--ovsdb", ovs.db, ...ON_BOTH];
      const plan = await sluice(ovs, "plan", ...where, "-f", agent.manifests);
      const nothing = "0 to add, 0 to change, 0 to remove";
      assert.equal(plan.stdout, `Bridge br0:\n${nothing}\nBridge br1:\n${nothing}\n`);
      const source = ["--source", "files", "--manifests", agent.manifests];
      const doctor = await sluice(ovs, "doctor", ...where, ...source);
      assert.match(doctor.stdout, /^Node node1, bridges br0, br1\n/);
      assert.match(doctor.stdout, /Bridge "br1" is there/);
      assert.match(doctor.stdout, /Nothing hinders any of 1 TrafficControls/);
      await agent.stop();
      const cleanup = await sluice(ovs, "cleanup", "--ovsdb", ovs.db, ...ON_BOTH);
      assert.match(cleanup.stdout, /1 ports from bridge br0\.[^]*1 ports from bridge br1\./);
      for (const bridge of ["br0", "br1"]) {
        assert.doesNotMatch(await ovs.ofctl("dump-flows", bridge), /cookie=0x51ce/);
        assert.doesNotMatch(await ovs.vsctl("list-ports", bridge), /vxlan/);
      }
    },
  );
});
