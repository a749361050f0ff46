/** The worked target `patch` of docs/plugins: a second bridge gets the packets; its rows come and go with ours. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { join } from "node:path";
import { app, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { PLUGINS } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { snapshot } from "../ownership/snapshot.ts";
import { expectFlow } from "../lab/traffic.ts";

const FAR_BRIDGE = "br-ids";

type Two = [TestPod, TestPod];
const patch = (name: string, bridge = FAR_BRIDGE) => ({ patch: { bridge, name } });
const spec = { appliedTo: app("web"), direction: "Both" };
const mirror = (name: string, bridge?: string) =>
  trafficControl("m", { ...spec, action: "Mirror", targetPort: patch(name, bridge) });

/** A second bridge with an internal port of its own, `sensor0`. */
async function start(): Promise<Lab> {
  const lab = await Lab.start(2, { bridges: ["br0", FAR_BRIDGE], args: ["--plugins", PLUGINS] });
  await lab.ovs.vsctl(
    "add-port",
    FAR_BRIDGE,
    "sensor0",
    "--",
    "set",
    "interface",
    "sensor0",
    "type=internal",
  ); // deno-fmt-ignore
  await lab.ovs.exec("ip", "link", "set", "sensor0", "up");
  const [p1, p2] = lab.pods as Two;
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  return lab;
}

const portsOf = async (ovs: PrivateOvs, bridge: string) =>
  (await ovs.vsctl("list-ports", bridge)).trim().split("\n");
const datapathID = (ovs: PrivateOvs) => ovs.vsctl("get", "bridge", FAR_BRIDGE, "datapath_id");
const hasFarEnd = (ovs: PrivateOvs, name: string) => async () =>
  (await portsOf(ovs, FAR_BRIDGE)).includes(name);

Deno.test("a mirror into another bridge: each packet once, the bridge stays as it was, and so it is left", async () => {
  await using lab = await start();
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as Two;
  const foreign = async () => (await snapshot(ovs)).exact;
  const [before, id] = [await foreign(), await datapathID(ovs)];
  await ovs.ofctl("add-flow", FAR_BRIDGE, "priority=1,actions=output:sensor0");
  const changed = await foreign();
  await agent.write("tc.yaml", mirror("ids0"));
  await agent.realized("m");
  const [at1, at2, sensor] = [lab.at(p1), lab.at(p2), lab.atDevice("sensor0")];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p1, to: p2, version }, [[at2, 1], [sensor, 1], [at1, 0]]);
    await expectFlow({ from: p2, to: p1, version }, [[at1, 1], [sensor, 1], [at2, 0]]);
  }
  assert.equal(await datapathID(ovs), id);
  assert.deepEqual(await portsOf(ovs, FAR_BRIDGE), ["ids0-far", "sensor0"]);
  assert.equal(await foreign(), changed);
  await agent.delete("tc.yaml");
  await agent.settled("gone", ({ ports, flows }) => ports.length === 0 && flows === 0);
  assert.deepEqual(await portsOf(ovs, FAR_BRIDGE), ["sensor0"]);
  await ovs.ofctl("del-flows", FAR_BRIDGE, "actions=output:sensor0").catch(() => {});
  await ovs.ofctl("--strict", "del-flows", FAR_BRIDGE, "priority=1");
  assert.equal(await foreign(), before);
  assert.equal(await datapathID(ovs), id);
});

Deno.test("a redirect through another bridge: an inspection that is two flows there", async (t) => {
  await using lab = await start();
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as Two;
  await agent.write(
    "tc.yaml",
    trafficControl("r", {
      ...spec,
      action: "Redirect",
      targetPort: patch("ids-in"),
      returnPort: patch("ids-out"),
    }), // deno-fmt-ignore
  );
  await agent.realized("r");
  const through = [
    "in_port=ids-in-far,actions=sensor0,ids-out-far",
    "in_port=ids-out-far,actions=sensor0,ids-in-far",
  ]; // deno-fmt-ignore
  for (const flow of through) await ovs.ofctl("add-flow", FAR_BRIDGE, `priority=9,${flow}`);
  const [at1, at2, sensor] = [lab.at(p1), lab.at(p2), lab.atDevice("sensor0")];
  await t.step("each packet passes it once, and arrives once", async () => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: p1, to: p2, version }, [[at2, 1], [sensor, 1], [at1, 0]]);
      await expectFlow({ from: p2, to: p1, version }, [[at1, 1], [sensor, 1], [at2, 0]]);
    }
    assert.deepEqual(await p1.ping(p2.ip(4)), { sent: 5, received: 5 });
    assert.deepEqual(await p1.ping(p2.ip(6)), { sent: 5, received: 5 });
  });
  await t.step("what the other bridge drops does not arrive", async () => {
    await ovs.ofctl("add-flow", FAR_BRIDGE, "priority=10,in_port=ids-in-far,actions=drop");
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p2 }, [[at2, 0], [sensor, 0]]);
    await ovs.ofctl("--strict", "del-flows", FAR_BRIDGE, "priority=10,in_port=ids-in-far");
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1]]);
  });
  await t.step(
    "without the other bridge nothing gets round it; it is said, and heals",
    async () => {
      await ovs.vsctl("del-br", FAR_BRIDGE);
      const state = await agent.settled(
        "far end failed",
        ({ trafficControls: [tc] }) => tc?.realized === false,
      ); // deno-fmt-ignore
      const [condition] = state.trafficControls[0]!.conditions;
      assert.deepEqual([condition!.reason, sentence(condition!)], [
        "FarEndFailed",
        'Port "ids-in" has no far end: bridge "br-ids" does not exist: create it',
      ]);
      await expectFlow({ from: p1, to: p2 }, [[at2, 0]]);
      await ovs.addBridge(FAR_BRIDGE);
      await agent.realized("r");
      await ovs.ofctl("del-flows", FAR_BRIDGE);
      for (const flow of through) {
        await ovs.ofctl("add-flow", FAR_BRIDGE, flow.replace("sensor0,", ""));
      }
      await ovs.emptyCache();
      await expectFlow({ from: p1, to: p2 }, [[at2, 1]]);
    },
  );
});

Deno.test("far ends that cannot be are conditions, and heal; a far end that is taken away comes back", async (t) => {
  await using lab = await start();
  const { ovs, agent } = lab;
  const refused = async (bridge: string, name: string) => {
    await agent.write("tc.yaml", mirror(name, bridge));
    const state = await agent.settled(
      "refused",
      ({ trafficControls: [tc] }) =>
        tc?.conditions[0]?.reason === "FarEndFailed" && tc.target === name,
    ); // deno-fmt-ignore
    assert.equal(state.trafficControls[0]!.realized, false);
    return sentence(state.trafficControls[0]!.conditions[0]!);
  };
  await t.step("the bridge itself", async () => {
    assert.match(await refused("br0", "a"), /"br0" is the bridge itself: name another bridge$/);
  });
  await t.step("a bridge that does not exist, until it does", async () => {
    assert.match(await refused("br-new", "b"), /bridge "br-new" does not exist: create it$/);
    await ovs.addBridge("br-new");
    await agent.realized("m");
    await ovs.vsctl("del-br", "br-new");
  });
  await t.step("a name that is taken, until it is free", async () => {
    await ovs.vsctl(
      "add-port",
      FAR_BRIDGE,
      "c-far",
      "--",
      "set",
      "interface",
      "c-far",
      "type=internal",
    ); // deno-fmt-ignore
    assert.match(await refused(FAR_BRIDGE, "c"), /"c-far" is a port of bridge "br-ids" already: name another$/); // deno-fmt-ignore
    await ovs.vsctl("del-port", FAR_BRIDGE, "c-far");
    await agent.realized("m");
  });
  await t.step("the far end is removed, or changed, by hand", async () => {
    await ovs.vsctl("del-port", FAR_BRIDGE, "c-far");
    await eventually("c-far again", hasFarEnd(ovs, "c-far"), 2000);
    await ovs.vsctl("set", "interface", "c-far", "options:peer=nobody");
    const peer = () => ovs.vsctl("get", "interface", "c-far", "options:peer");
    await eventually("its peer again", async () => (await peer()).trim() === "c", 2000);
    await agent.realized("m");
  });
  await t.step("the port itself is removed by hand", async () => {
    await ovs.vsctl("del-port", "br0", "c");
    await eventually("c again", async () => (await portsOf(ovs, "br0")).includes("c"), 2000);
    await agent.realized("m");
    await lab.ovs.ofctl("add-flow", FAR_BRIDGE, "priority=1,actions=output:sensor0");
    const [p1, p2] = lab.pods as Two;
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("sensor0"), 1]]);
  });
  await t.step("another bridge is named: the far end moves", async () => {
    await ovs.addBridge("br-new");
    await agent.write("tc.yaml", mirror("c", "br-new"));
    await eventually(
      "c-far on br-new",
      async () => (await portsOf(ovs, "br-new")).includes("c-far"),
    );
    assert.deepEqual(await portsOf(ovs, FAR_BRIDGE), ["sensor0"]);
    await agent.realized("m");
  });
  await t.step("another agent on the other bridge does not take it for its own", async () => {
    const cleanup = await sluice(ovs, "cleanup", "--bridge", "br-new", "--ovsdb", ovs.db);
    assert.match(cleanup.stdout, /^Removed 0 flows and 0 ports/);
    assert.deepEqual(await portsOf(ovs, "br-new"), ["c-far"]);
  });
  await t.step("a port that went while nobody looked leaves no far end behind", async () => {
    await agent.stop();
    await ovs.vsctl("del-port", "br0", "c");
    await agent.delete("tc.yaml");
    agent.startAgain();
    await eventually(
      "c-far gone",
      async () => !(await hasFarEnd(ovs, "c-far")()) && (await portsOf(ovs, "br-new"))[0] === "",
    ); // deno-fmt-ignore
  });
  await t.step("plan shows both ends, cleanup removes them", async () => {
    const file = join(ovs.dir, "tc.yaml");
    await Deno.writeTextFile(file, JSON.stringify(mirror("d")));
    const pods = join(agent.manifests, "pods.yaml");
    const plan = await sluice(
      ovs,
      "plan",
      "-f",
      file,
      "-f",
      pods,
      "--ovsdb",
      ovs.db,
      "--bridge",
      "br0",
      "--plugins",
      PLUGINS,
    ); // deno-fmt-ignore
    assert.match(plan.stdout, /^\+ port d type=patch peer=d-far, far end d-far on bridge br-ids/m, plan.stderr); // deno-fmt-ignore
    await agent.write("tc.yaml", mirror("d"));
    await agent.realized("m");
    await agent.stop();
    const cleanup = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
    assert.match(cleanup.stdout, /^ {2}d\n {2}d-far$/m);
    assert.deepEqual(await portsOf(ovs, FAR_BRIDGE), ["sensor0"]);
    agent.startAgain();
    await agent.realized("m");
  });
});
