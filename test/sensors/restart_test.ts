/** What was open stays open when the agent or the switch starts again, and closes when the sensor works again. */
import { Stream } from "../lab/stream.ts";
import { expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";

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
  await lab.ovs.killVswitchd();
  await lab.ovs.startVswitchd();
  await lab.ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL"); // the owner does so
  await lab.agent.realized("ips");
  await scene.conditions("Bypassed", "SensorDown");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], [lab.atDevice("vin-x"), 0]]);
  await scene.cut(false);
  await scene.sensorsUp("vin");
  await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1]]);
});
