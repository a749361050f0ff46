/** A sensor whose devices are deleted and made anew, as it happens when it is started again. */
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { SensorScene } from "./scene.ts";

Deno.test("a sensor that is removed with its devices is passed by, and used again when it is back", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab: { ovs, agent }, lab, web, peer } = scene;
  const at = lab.at(peer);
  await scene.sensorsUp("vin");
  for (const device of ["vin", "vout", "w-vin-x"]) await ipIn(ovs.netns, "link", "del", device);
  await agent.settled(
    "DeviceMissing",
    ({ trafficControls: [control] }) =>
      control?.conditions.some(({ reason }) => reason === "DeviceMissing") ?? false,
  );
  for (const version of [4, 6] as const) {
    await expectFlow({ from: web, to: peer, version }, [[at, 1]]);
  }
  await devicePair(ovs, ["vin", "vout"]);
  await scene.sensorsUp("vin");
  await scene.conditions();
  const sensor = lab.atDevice("vin-x");
  for (const version of [4, 6] as const) {
    await expectFlow({ from: web, to: peer, version }, [[at, 1], [sensor, 1]]);
  }
});
