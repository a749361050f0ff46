/** What two bridges cannot both have: a port with a name. Open vSwitch has each name once. */
import assert from "node:assert/strict";
import { app, sluice, trafficControl } from "../lab/agent.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { TwoBridges } from "./world.ts";

const mirror = (name: string, label: string, targetPort: object) =>
  trafficControl(name, { appliedTo: app(label), direction: "Both", action: "Mirror", targetPort });

Deno.test.each([
  ["ovsInternal", { ovsInternal: { name: "ids0" } }, "ids0"],
  ["device", { device: { name: "ids0" } }, "ids0-x"],
])(
  "a target %s is on the first bridge that needs it, and the other one says so",
  async (_, target, end) => {
    await using world = await TwoBridges.start();
    const { agent, ovs } = world;
    if ("device" in target) {
      const ends = ["name", "ids0", "type", "veth", "peer", "name", "ids0-x"];
      await ipIn(ovs.netns, "link", "add", ...ends);
      for (const name of ["ids0", "ids0-x"]) await ipIn(ovs.netns, "link", "set", name, "up");
    }
    await agent.write(
      "pods.yaml",
      world.pod("web", ["web0", "web1"], { app: "web" }),
      world.pod("other1", ["other1"], { app: "other" }),
    );
    await agent.write("tc.yaml", mirror("m", "web", target));
    const { trafficControls: [tc] } = await agent.settled(
      "on one bridge",
      ({ trafficControls: [tc] }) => tc?.bridges?.some(({ realized }) => realized) === true,
    );
    const state = 'Device "ids0" is this TrafficControl\'s port on bridge "br0"';
    assert.deepEqual(tc!.conditions, [{
      reason: "DeviceInUse",
      message: `Bridge br1: ${state}, and Open vSwitch has a name on one bridge only`,
      cure: "name a port of its own for the Pods of each bridge; copies can go into a tunnel, " +
        "which every bridge can have",
    }]);
    assert.deepEqual(tc!.bridges!.map(({ bridge, realized }) => [bridge, realized]), [
      ["br0", true],
      ["br1", false],
    ]);
    assert.equal(tc!.realized, false);
    const tap = world.atPlace(end, { netns: ovs.netns, device: end });
    const [at0, at1] = [world.at("other0"), world.at("other1")];
    await expectFlow({ from: world.nic("web0"), to: world.nic("other0"), count: 50 }, [
      [at0, 1],
      [tap, 1],
    ]);
    await expectFlow({ from: world.nic("web1"), to: world.nic("other1"), count: 50 }, [
      [at1, 1],
      [tap, 0],
    ]);
    const { stdout } = await sluice(ovs, "status");
    assert.match(stdout, /\nm +Mirror +Both +ids0 +- +1 +DeviceInUse/);
    // An object for Pods of one bridge has its port there
    await agent.write("tc.yaml", mirror("own", "other", { ovsInternal: { name: "ids1" } }));
    const { ports } = await agent.realized("own");
    assert.deepEqual(ports.map(({ bridge, name }) => [bridge, name]), [["br1", "ids1"]]);
  },
);

Deno.test.each(
  [
    ["without failureMode packets pass uninspected", {}, { DeviceInUse: 1, Blocked: 0 }, 1],
    [
      "that is closed no packet passes",
      { failureMode: "Closed" },
      { DeviceInUse: 1, Blocked: 1 },
      0,
    ],
  ] as const,
)(
  "where another bridge has the ports of a redirect, %s",
  async (_, fields, wanted, passing) => {
    await using world = await TwoBridges.start();
    const { agent } = world;
    await agent.write("pods.yaml", world.pod("web", ["web0", "web1"], { app: "web" }));
    const spec = {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: { ovsInternal: { name: "tap0" } },
      returnPort: { ovsInternal: { name: "tap1" } },
      ...fields,
    };
    await agent.write("tc.yaml", trafficControl("r", spec));
    const { trafficControls: [tc] } = await agent.settled(
      "on one bridge",
      ({ trafficControls: [tc] }) => tc?.bridges?.some(({ realized }) => realized) === true,
    );
    const onSecond = tc!.bridges!.find(({ bridge }) => bridge === "br1")!;
    const reasons = new Set(onSecond.conditions.map(({ reason }) => reason));
    for (const [reason, count] of Object.entries(wanted)) {
      assert.equal(reasons.has(reason as "Blocked"), count === 1, reason);
    }
    await expectFlow({ from: world.nic("web1"), to: world.nic("other1"), count: 50 }, [
      [world.at("other1"), passing],
    ]);
  },
);
