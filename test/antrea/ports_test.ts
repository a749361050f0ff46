/** What Sluice does where Antrea's TrafficControl fails, as docs/antrea.md lists it: ports that come, go and fail. */
import assert from "node:assert/strict";
import { internal } from "../lab/agent.ts";
import { flowAges, ofport } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { bridgeWire, rewire } from "../lab/wire.ts";
import { device, leftAre, mirror, ports, redirect, start, talk, veth } from "./bench.ts";

Deno.test("unlike Antrea: ports and flows of a pair go when they are not asked for any more", async (t) => {
  await using bench = await start();
  const { ovs, agent } = bench;
  await agent.write("tc.yaml", redirect("r", internal("tap0"), internal("tap1")));
  await agent.realized("r");
  await t.step("another return port", async () => {
    await agent.write("tc.yaml", redirect("r", internal("tap0"), internal("tap2")));
    await agent.settled("it", ({ trafficControls: [tc] }) => tc?.return === "tap2" && tc.realized);
    await leftAre(ovs, "tap0", "tap2");
    await bridgeWire(ovs, ["tap0", "tap2"]);
    await talk(bench, { tap0: 1 });
  });
  await t.step("from Redirect to Mirror", async () => {
    await agent.write("tc.yaml", mirror("r", internal("ids0")));
    await agent.settled(
      "it",
      ({ trafficControls: [tc] }) => tc?.action === "Mirror" && tc.realized,
    );
    await leftAre(ovs, "ids0");
    await talk(bench, { ids0: 1 });
    assert.deepEqual(
      [...(await flowAges(ovs)).keys()].filter((flow) => /priority=6553[45]/.test(flow)),
      [],
    );
  });
  await t.step("target and return are one port, and the TrafficControl goes", async () => {
    await agent.write("tc.yaml", redirect("r", internal("one0"), internal("one0")));
    await agent.settled("it", ({ trafficControls: [tc] }) => tc?.target === "one0" && tc.realized);
    await agent.delete("tc.yaml");
    await leftAre(ovs);
    assert.equal((await flowAges(ovs)).size, 0);
    await talk(bench);
  });
});

Deno.test("unlike Antrea: what changes while the agent is away, or under its hands", async (t) => {
  await using bench = await start();
  const { ovs, agent } = bench;
  await veth(ovs, "dev0");
  await agent.write("tc.yaml", mirror("m", device("dev0")));
  await agent.write("r.yaml", redirect("r", internal("tap0"), internal("tap1")));
  await agent.realized("m", "r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  await talk(bench, { "dev0-x": 1, tap0: 1 });
  await t.step("the device is made again under its name, with another number", async () => {
    const before = await ofport(ovs, "dev0");
    await ipIn(ovs.netns, "link", "del", "dev0");
    await agent.settled(
      "a condition",
      ({ trafficControls: [m] }) => m?.conditions[0]?.reason === "DeviceMissing",
    );
    await talk(bench, { tap0: 1 });
    await veth(ovs, "dev0");
    await agent.realized("m", "r");
    await talk(bench, { "dev0-x": 1, tap0: 1 });
    assert.notEqual(await ofport(ovs, "dev0"), before);
  });
  await t.step("the switch gives ports other numbers", async () => {
    const before = await ofport(ovs, "tap0");
    await ovs.vsctl("set", "interface", "tap0", "ofport_request=77");
    await eventually("the number", async () => await ofport(ovs, "tap0") === 77);
    await agent.settled(
      "it",
      ({ ports }) => ports.some(({ name, ofport }) => name === "tap0" && ofport === 77),
    );
    assert.notEqual(before, 77);
    await rewire(ovs, ["tap0", "tap1"]); // it was made anew, too
    await eventually(
      "the wire",
      async () => (await bench.p1.ping(bench.p2.ip(), 1)).received === 1,
    );
    await talk(bench, { "dev0-x": 1, tap0: 1 });
  });
  await t.step(
    "the device goes while the agent is away: nobody's traffic is lost",
    async () => {
      await agent.kill();
      await ipIn(ovs.netns, "link", "del", "dev0");
      agent.startAgain();
      await agent.settled(
        "a condition",
        ({ trafficControls: [m] }) => m?.conditions[0]?.reason === "DeviceMissing",
      );
      await talk(bench, { tap0: 1 });
      await leftAre(ovs, "tap0", "tap1"); // no row with ofport -1
    },
  );
  await t.step("TrafficControls go while the agent is away", async () => {
    await agent.kill();
    await agent.delete("tc.yaml");
    await agent.delete("r.yaml");
    agent.startAgain();
    await leftAre(ovs);
    assert.equal((await flowAges(ovs)).size, 0);
    await talk(bench);
  });
});

Deno.test("unlike Antrea: ports that fail, and which TrafficControl has the Pod", async (t) => {
  await using bench = await start();
  const { agent, ovs } = bench;
  const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const dated = (object: object, second: number) => {
    const { metadata, ...rest } = object as { metadata: object };
    return { ...rest, metadata: { ...metadata, ...at(second) } };
  };
  const older = dated(redirect("z-older", device("dev0"), internal("tap1")), 1);
  const younger = dated(redirect("a-younger", internal("tap2"), internal("tap3")), 2);
  await t.step("a device that does not exist leaves no row behind", async () => {
    await agent.write("older.yaml", older);
    await agent.settled(
      "a condition",
      ({ trafficControls: [tc] }) => tc?.conditions[0]?.reason === "DeviceMissing",
    );
    assert.ok(!(await ports(ovs)).includes("dev0"));
    await talk(bench);
  });
  await t.step("the younger has the Pod as long as the older cannot", async () => {
    await agent.write("younger.yaml", younger);
    await agent.settled("it", ({ trafficControls: [a] }) => a?.realized === true);
    await bridgeWire(ovs, ["tap2", "tap3"]);
    await talk(bench, { tap2: 1 });
  });
  await t.step("the device comes, and the older takes over", async () => {
    await veth(ovs, "dev0");
    await agent.settled(
      "it",
      ({ trafficControls: [a, z] }) =>
        z?.realized === true && a?.conditions[0]?.reason === "Superseded",
    );
    await bridgeWire(ovs, ["dev0-x", "tap1"]);
    await talk(bench, { "dev0-x": 1, tap2: 0 });
  });
  await t.step("the same one after every restart", async () => {
    for (let restart = 0; restart < 3; restart++) {
      await agent.kill();
      agent.startAgain();
      const { trafficControls } = await agent.settled(
        "it",
        ({ trafficControls }) => trafficControls.length === 2,
      );
      assert.deepEqual(trafficControls.map(({ realized }) => realized), [false, true]);
    }
    await talk(bench, { "dev0-x": 1, tap2: 0 });
  });
  await t.step(
    "a target that cannot be made black-holes nothing, and the next in line has the Pod",
    async () => {
      await agent.write(
        "older.yaml",
        dated(redirect("z-older", device("nope0"), internal("tap1")), 1),
      );
      await agent.settled(
        "it",
        ({ trafficControls: [a, z] }) =>
          a?.realized === true && z?.conditions[0]?.reason === "DeviceMissing",
      );
      await talk(bench, { tap2: 1 });
      await agent.delete("younger.yaml");
      await agent.settled("it", ({ trafficControls }) => trafficControls.length === 1);
      await talk(bench);
    },
  );
});
