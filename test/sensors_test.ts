import assert from "node:assert/strict";
import { sentence } from "../core/contracts/condition.ts";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn } from "./lab/run.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire, Echo } from "./lab/wire.ts";

const redirect = (name: string, selected: string, target: string, returned: string) =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });

async function start() {
  const lab = await Lab.start(3);
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, { app: "db" }),
    podObject(p3, {}),
  );
  return { lab, agent: lab.agent, p1, p2, p3 };
}

Deno.test("a one-armed sensor: target and return are one port", async () => {
  const { lab, agent, p1, p3 } = await start();
  await using _ = lab;
  await agent.write("tc.yaml", redirect("r", "web", "tap0", "tap0"));
  await agent.realized("r");
  using _echo = Echo.at({ netns: lab.ovs.netns, device: "tap0" });
  const [at1, at3, sensor] = [lab.at(p1), lab.at(p3), lab.atDevice("tap0")];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p1, to: p3, version }, [[at3, 1], [sensor, 1], [at1, 0]]);
    await expectFlow({ from: p3, to: p1, version }, [[at1, 1], [sensor, 1], [at3, 0]]);
  }
  assert.deepEqual(await p1.ping(p3.ip(4)), { sent: 5, received: 5 });
});

Deno.test("two pairs that share a port: the older stands, the younger is in Conflict, nothing loops; then it heals", async (t) => {
  const { lab, agent, p1, p2, p3 } = await start();
  await using _ = lab;
  await agent.write("a.yaml", redirect("a", "web", "tap0", "tap1"));
  await agent.realized("a");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const sensors = [lab.atDevice("tap0"), lab.atDevice("tap1")] as const;
  const shared: readonly [string, string, string][] = [
    ["the same pair, the other way round", "tap1", "tap0"],
    ["the target", "tap0", "tap2"],
    ["the return port", "tap2", "tap1"],
    ["the target as return port", "tap2", "tap0"],
    ["the return port, one-armed", "tap1", "tap1"],
  ];
  for (const [what, target, returned] of shared) {
    await t.step(what, async () => {
      await agent.write("b.yaml", redirect("b", "db", target, returned));
      const { trafficControls } = await agent.settled(
        "the younger",
        ({ trafficControls: [, b] }) => b?.target === target && b.return === returned,
      );
      assert.deepEqual(
        trafficControls.map(({ realized, conditions }) => [realized, conditions[0]?.reason]),
        [[true, undefined], [false, "Conflict"]],
      );
      assert.match(
        sentence(trafficControls[1]!.conditions[0]!),
        /"a", which is older.*use other ports$/,
      );
      await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensors[0], 1], [sensors[1], 0], [
        at3,
        0,
      ]]);
      await expectFlow({ from: p2, to: p3 }, [[at3, 1], [sensors[0], 0], [sensors[1], 0], [
        at1,
        0,
      ]]);
    });
  }
  await t.step("the older goes", async () => {
    await agent.delete("a.yaml");
    await agent.write("b.yaml", redirect("b", "db", "tap1", "tap0"));
    await agent.realized("b");
    await expectFlow({ from: p2, to: p3 }, [[at3, 1], [sensors[1], 1], [sensors[0], 0], [at1, 0]]);
  });
});

Deno.test("a sensor that is cut off: nothing gets round it, also after a restart of the agent; and back", async () => {
  const { lab, agent, p1, p2, p3 } = await start();
  await using _ = lab;
  await agent.write("tc.yaml", redirect("r", "web", "tap0", "tap1"));
  await agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const { netns } = lab.ovs;
  const everybody = { mac: "ff:ff:ff:ff:ff:ff", ips: p1.ips };
  const nothingGetsRound = async () => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: p1, to: p3, version }, [[at3, 0], [at2, 0]]);
      await expectFlow({ from: p3, to: p1, version }, [[at1, 0], [at2, 0]]);
      await expectFlow({ from: p3, to: everybody, version }, [[at1, 0]]);
    }
    await expectFlow({ from: p2, to: p3 }, [[at3, 1]]);
  };
  const cuts: readonly [down: readonly string[], up: readonly string[]][] = [
    [["w-tap0", "down"], ["w-tap0", "up"]],
    [["tap0", "nomaster"], ["tap0", "master", "w-tap0"]],
  ];
  for (const [down, up] of cuts) {
    await ipIn(netns, "link", "set", "dev", ...down);
    await nothingGetsRound();
    await agent.kill();
    agent.startAgain();
    await agent.settled("the agent", ({ trafficControls }) => trafficControls.length === 1);
    await nothingGetsRound();
    await ipIn(netns, "link", "set", "dev", ...up);
    await eventually("the pair", async () => (await p1.ping(p3.ip(4), 1)).received === 1);
    await expectFlow({ from: p1, to: p3 }, [[at3, 1], [at1, 0]]);
    await expectFlow({ from: p3, to: p1, version: 6 }, [[at1, 1], [at3, 0]]);
  }
});
