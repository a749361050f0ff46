/** Sluice beside an owner that has attached ports, and has MTUs and MACs of its own. */
import assert from "node:assert/strict";
import { internal, podObject, sluice } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { ipIn, run } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { mirror, redirect } from "./controls.ts";

Deno.test("a port of the owner can be a target: its rows stay as they are, and it floods again later", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await ipIn(ovs.netns, "link", "add", "name", "his0", "type", "veth", "peer", "name", "his0-x");
  for (const device of ["his0", "his0-x"]) {
    await ipIn(ovs.netns, "link", "set", "dev", device, "up");
  }
  await ovs.vsctl("add-port", "br0", "his0", "--", "set", "port", "his0", "external_ids:note=his");
  const rows = async () =>
    await ovs.vsctl("list", "port", "his0") +
    await ovs.vsctl(
      "--columns=external_ids,options,type,mtu,mtu_request,ofport",
      "list",
      "interface",
      "his0",
    );
  const floods = async () => {
    const show = await run("ovs-ofctl", ["-O", "OpenFlow10", "show", "br0"], {
      env: ovs.environment,
    });
    return !/\(his0\): addr.*\n +config: +NO_FLOOD/.test(show);
  };
  // Without the name of the agent
  const ids = async () =>
    (await ovs.vsctl("get", "bridge", "br0", "external_ids")).trim()
      .replace(/sluice-agent="[^"]*"(, )?/, "");
  const before = await rows();
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  for (const end of ["deleted", "deleted while the agent was away", "cleaned up"]) {
    await agent.write("tc.yaml", mirror({ device: { name: "his0" } }));
    await agent.realized("m");
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("his0-x"), 1]]);
    assert.deepEqual([await rows(), await floods()], [before, false]);
    if (end === "deleted") {
      await agent.delete("tc.yaml");
      await agent.realized();
    } else {
      await agent.kill();
      if (end === "cleaned up") {
        const { code, stderr } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
        assert.equal(code, 0, stderr);
      } else {
        await agent.delete("tc.yaml");
        agent.startAgain();
        await agent.realized();
      }
    }
    await eventually("that it floods again", floods, 1000);
    assert.deepEqual([await rows(), await ids()], [before, "{}"], end);
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("his0-x"), 0]]);
  }
});

Deno.test("the MTU of the owner's ports never changes", async () => {
  await using lab = await Lab.start(0);
  const { ovs, agent } = lab;
  const LARGE = "9000";
  await ovs.vsctl("add-port", "br0", "gw0", "--", "set", "interface", "gw0", "type=internal");
  await ovs.vsctl(
    ...["add-port", "br0", "gw1", "--", "set", "interface", "gw1", "type=internal"],
    `mtu_request=${LARGE}`,
  );
  for (const name of ["p1", "p2"]) {
    const pod = await lab.addPod(name);
    await ipIn(pod.netns, "link", "set", "eth0", "mtu", LARGE);
    await ipIn(ovs.netns, "link", "set", name, "mtu", LARGE);
  }
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await introduce(p1, p2);
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "small0",
    "mtu",
    "1500",
    "type",
    "veth",
    "peer",
    "name",
    "small0-x",
    "mtu",
    "1500",
  );
  const theirs = ["br0", "gw0", "gw1", "p1", "p2"];
  const mtus = () =>
    Promise.all(
      theirs.map(async (name) => (await ovs.vsctl("get", "interface", name, "mtu")).trim()),
    );
  const expected = theirs.map(() => LARGE);
  await eventually("OVS's own settling", async () => (await mtus()).join() === expected.join());
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const targets = [
    internal("ids0"),
    { device: { name: "small0" } },
    { vxlan: { remoteIP: "192.0.2.1" } },
    { geneve: { remoteIP: "192.0.2.1" } },
    { gre: { remoteIP: "192.0.2.1" } },
    { erspan: { remoteIP: "192.0.2.2", version: 1, sessionID: 3 } },
  ];
  for (const target of targets) {
    await agent.write("tc.yaml", mirror(target));
    await agent.settled(
      Object.keys(target)[0]!,
      ({ trafficControls: [tc], ports }) => tc?.realized === true && ports.length > 0,
    );
    assert.deepEqual(await mtus(), expected, JSON.stringify(target));
  }
  await agent.write("tc.yaml", redirect);
  await agent.realized("r");
  assert.deepEqual(await mtus(), expected);
  await agent.delete("tc.yaml");
  await agent.realized();
  assert.deepEqual(await mtus(), expected);
});

Deno.test("Sluice's ports follow the bridge's smallest MTU, and a device with a larger MTU keeps it", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const mtu = async (name: string) => Number(await ovs.vsctl("get", "interface", name, "mtu"));
  const setMTU = (bytes: number) => ipIn(ovs.netns, "link", "set", p2.name, "mtu", `${bytes}`);
  const all = async (bytes: number, ...names: string[]) =>
    (await Promise.all(names.map(mtu))).every((each) => each === bytes);
  await ovs.vsctl("add-port", "br0", "gw0", "--", "set", "interface", "gw0", "type=internal");
  await setMTU(1400);
  await eventually("OVS's own settling", () => all(1400, "br0", "gw0"));
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "dev0",
    "mtu",
    "9000",
    "type",
    "veth",
    "peer",
    "name",
    "dev0-x",
  );
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write("tc.yaml", mirror(internal("ids0")));
  await agent.write("dev.yaml", {
    ...mirror({ device: { name: "dev0" } }),
    metadata: { name: "d" },
  });
  await agent.realized("d", "m");
  assert.ok(await all(1400, "br0", "gw0", "ids0"));
  for (const bytes of [1500, 9000, 1450]) {
    await setMTU(bytes);
    const smallest = Math.min(bytes, await mtu(p1.name));
    await eventually(
      "the MTUs of the owner's and of Sluice's ports",
      () => all(smallest, "br0", "gw0", "ids0"),
      1000,
    );
    assert.equal(await mtu("dev0"), 9000);
  }
  await agent.delete("dev.yaml");
  await agent.realized("m");
  const link = await ipIn(ovs.netns, "link", "show", "dev0");
  assert.match(link, /mtu 9000/);
});

Deno.test("a device with a low MAC changes neither the bridge's MAC nor its datapath ID", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const own = async () =>
    await ovs.vsctl("get", "bridge", "br0", "datapath_id") +
    await ovs.vsctl("get", "interface", "br0", "mac_in_use");
  const before = await own();
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "dev0",
    "address",
    "00:1b:21:00:00:01",
    "type",
    "veth",
    "peer",
    "name",
    "dev0-x",
  );
  for (const end of ["dev0", "dev0-x"]) await ipIn(ovs.netns, "link", "set", "dev", end, "up");
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write("tc.yaml", mirror({ device: { name: "dev0" } }));
  await agent.realized("m");
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("dev0-x"), 1]]);
  assert.equal(await own(), before);
});
