/** What was open stays open when the agent or the switch starts again, and closes when the sensor works again. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { Stream } from "../lab/stream.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";

/** How often the switch is started again, and probes after each time: more than a verdict needs. */
const [RESTARTS, PROBES] = [3, 10];

async function opened(): Promise<SensorScene> {
  const scene = await SensorScene.start({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  return scene;
}

Deno.test("an agent that is killed and started again loses nothing: the redirect stays open", async (t) => {
  await using scene = await opened();
  const { lab, web, peer } = scene;
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  const stream = new Stream({ from: web, to: peer }, at, [sensor]);
  await t.step("while the sensor does not work", async () => {
    await lab.agent.kill();
    await lab.agent.startAgain();
    await lab.agent.realized("ips");
    await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 0]]);
  });
  await t.step("and closes without a loss if the sensor was mended meanwhile", async () => {
    await lab.agent.kill();
    await stream.goesOn("after", async () => {
      await scene.cut(false);
      lab.agent.startAgain();
      await scene.sensorsUp("vin");
    });
  });
});

Deno.test("a switch that is killed and started again while a redirect is open lets packets pass", async () => {
  await using scene = await opened();
  const { lab, web, peer } = scene;
  await restartSwitch(scene);
  await lab.agent.realized("ips");
  await scene.conditions("Bypassed", "SensorDown");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], [lab.atDevice("vin-x"), 0]]);
  await scene.cut(false);
  await scene.sensorsUp("vin");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1]]);
});

/** Starts the switch again, as its package does, with the flow of the owner. */
async function restartSwitch({ lab: { ovs } }: SensorScene): Promise<void> {
  await ovs.killVswitchd();
  await ovs.startVswitchd();
  await ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL");
}

Deno.test("a switch that is killed and started again is no death of a sensor that works", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  const before = await verdicts(lab.agent);
  using probes = new ProbeWatch("vin-x", { netns: lab.ovs.netns, device: "vin-x" });
  for (let index = 0; index < RESTARTS; index++) {
    await restartSwitch(scene);
    const sent = probes.look();
    await eventually("probes again", () => probes.look() >= sent + PROBES, 20_000);
  }
  await scene.sensorsUp("vin");
  await scene.conditions();
  assert.deepEqual(await verdicts(lab.agent), before);
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);
});

Deno.test("an agent that loads its plugins again loses no packet, and keeps what is open", async () => {
  await using scene = await opened();
  const { lab, web, peer } = scene;
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  const before = await verdicts(lab.agent);
  const reload = async () => {
    const ids = send({ from: web, to: peer, count: 500, rate: 500 });
    await lab.agent.reload();
    return await ids;
  };
  await expectCounts(await reload(), [[at, 1], [sensor, 0]]);
  assert.deepEqual(await verdicts(lab.agent), before);
  await scene.cut(false);
  await scene.sensorsUp("vin");
  await expectCounts(await reload(), [[at, 1], [sensor, 1]]);
  await scene.sensorsUp("vin");
});
