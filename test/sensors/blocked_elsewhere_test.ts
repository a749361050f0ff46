/** A redirect that fails closed drops packets only where they would go to the missing device. */
import { app, trafficControl } from "../lab/agent.ts";
import { expectFlow } from "../lab/traffic.ts";
import { device, SensorScene } from "./scene.ts";

const CLOSED = { failureMode: "Closed" };

Deno.test("a closed redirect without a device that selects no Pod here blocks nothing", async () => {
  const gone = { targetPort: device("gone0"), returnPort: device("gone1") };
  await using scene = await SensorScene.start({
    ...CLOSED,
    ...gone,
    appliedTo: app("elsewhere"),
  });
  await scene.conditions();
});

Deno.test("a closed redirect without a device takes no Pod from one that comes before it", async (t) => {
  await using scene = await SensorScene.start({ priority: 10 });
  const { lab, web, peer } = scene;
  const reserve = trafficControl("reserve", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: device("gone0"),
    returnPort: device("gone1"),
    ...CLOSED,
  });
  const reasons = async (...wanted: readonly string[]) => {
    const is = JSON.stringify(wanted);
    await lab.agent.settled(is, ({ trafficControls }) => {
      const found = trafficControls.find(({ name }) => name === "reserve")?.conditions ?? [];
      return JSON.stringify(found.map(({ reason }) => reason)) === is;
    });
  };
  await t.step("the other one has its device", async () => {
    await lab.agent.write("reserve.yaml", reserve);
    await reasons("DeviceMissing", "DeviceMissing", "Superseded");
    await scene.conditions();
    const sensor = lab.atDevice("vin-x");
    await expectFlow({ from: web, to: peer }, [[lab.at(peer), 1], [sensor, 1]]);
    await expectFlow({ from: peer, to: web }, [[lab.at(web), 1], [sensor, 1]]);
  });
  await t.step("the other one is gone", async () => {
    await lab.agent.delete("tc.yaml");
    await reasons("DeviceMissing", "DeviceMissing", "Blocked");
    await expectFlow({ from: web, to: peer }, [[lab.at(peer), 0]]);
  });
});
