/** While the devices of a redirect's sensors are gone, `failureMode: Closed` lets no packet of its Pods pass. */
import { ipIn } from "../lab/run.ts";
import { type Counter, expectFlow } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { entry, SensorScene } from "./scene.ts";

const CLOSED = { failureMode: "Closed" };

/** Each packet between the two Pods arrives so often, and passes the sensor as often. */
async function everyPacketArrives(
  { lab, web, peer }: SensorScene,
  times: 0 | 1,
  sensor?: Counter,
): Promise<void> {
  const passed = sensor ? [[sensor, times] as const] : [];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: web, to: peer, version }, [[lab.at(peer), times], ...passed]);
    await expectFlow({ from: peer, to: web, version }, [[lab.at(web), times], ...passed]);
  }
}

async function lose({ lab }: SensorScene, wire = ""): Promise<void> {
  await ipIn(lab.ovs.netns, "link", "del", `vin${wire}`);
  await ipIn(lab.ovs.netns, "link", "del", `vout${wire}`);
  await ipIn(lab.ovs.netns, "link", "del", `w-vin${wire}-x`);
}

Deno.test("no packet passes a closed redirect whose devices are gone, also after the agent's restart", async (t) => {
  await using scene = await SensorScene.start(CLOSED);
  const { lab } = scene;
  await scene.conditions();
  await everyPacketArrives(scene, 1, lab.atDevice("vin-x"));
  await t.step("they go", async () => {
    await lose(scene);
    await scene.conditions("Blocked", "DeviceMissing", "DeviceMissing");
    await everyPacketArrives(scene, 0);
  });
  await t.step("the agent starts again", async () => {
    await lab.agent.kill();
    await everyPacketArrives(scene, 0);
    await lab.agent.startAgain();
    await scene.conditions("Blocked", "DeviceMissing", "DeviceMissing");
    await everyPacketArrives(scene, 0);
  });
  await t.step("they come", async () => {
    await devicePair(lab.ovs, ["vin", "vout"]);
    await lab.agent.realized("ips");
    await scene.conditions();
    await everyPacketArrives(scene, 1, lab.atDevice("vin-x"));
  });
  await t.step("without the field, packets pass while they are gone", async () => {
    await scene.apply({});
    await lose(scene);
    await scene.conditions("DeviceMissing", "DeviceMissing");
    await everyPacketArrives(scene, 1);
  });
  await t.step("without the TrafficControl, they pass as well", async () => {
    await lab.agent.write("tc.yaml", scene.object(CLOSED));
    await scene.conditions("Blocked", "DeviceMissing", "DeviceMissing");
    await lab.agent.delete("tc.yaml");
    await lab.agent.settled("none", ({ trafficControls }) => trafficControls.length === 0);
    await everyPacketArrives(scene, 1);
  });
});

Deno.test("of two sensors without probes, one is enough for a closed redirect", async () => {
  await using scene = await SensorScene.start({ ...CLOSED, additionalPorts: [entry(1)] }, 1);
  const { lab } = scene;
  await scene.conditions();
  await lose(scene);
  await scene.conditions("DeviceMissing", "DeviceMissing");
  await everyPacketArrives(scene, 1, lab.atDevice("vin1-x"));
  await lose(scene, "1");
  await scene.conditions("Blocked", ...Array.from({ length: 4 }, () => "DeviceMissing"));
  await everyPacketArrives(scene, 0);
});
