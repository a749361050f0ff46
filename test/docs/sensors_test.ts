/** The commands of docs/sensors.md make a sensor that works, and cut it off. */
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { device, SensorScene } from "../sensors/scene.ts";
import { commandsOf } from "./pages.ts";

Deno.test("the commands of docs/sensors.md make a sensor, and let it hang", async (t) => {
  const commands = await commandsOf("docs/sensors.md", "A Linux bridge as a sensor");
  const [hang, work, ...remove] = commands.splice(-5) as [string, string, ...string[]];
  await using lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  for (const command of commands) await lab.ovs.exec("sh", "-c", command);
  await lab.agent.write(
    "tc.yaml",
    trafficControl("ips", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: device("vin"),
      returnPort: device("vout"),
      failureMode: "Open",
    }),
  );
  const scene = SensorScene.of(lab, web, peer);
  const [atPeer, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  await t.step("all packets pass it", async () => {
    await scene.sensorsUp("vin");
    await expectFlow({ from: web, to: peer }, [[atPeer, 1], [sensor, 1]]);
  });
  await t.step("if it hangs, they pass without it", async () => {
    await lab.ovs.exec("sh", "-c", hang);
    await scene.conditions("Bypassed", "SensorDown");
    await expectFlow({ from: web, to: peer }, [[atPeer, 1], [sensor, 0]]);
  });
  await t.step("if it works again, they pass it again", async () => {
    await lab.ovs.exec("sh", "-c", work);
    await scene.sensorsUp("vin");
    await expectFlow({ from: web, to: peer }, [[atPeer, 1], [sensor, 1]]);
  });
  await t.step("and it can be removed", async () => {
    await lab.agent.delete("tc.yaml");
    for (const command of remove) await lab.ovs.exec("sh", "-c", command);
    await expectFlow({ from: web, to: peer }, [[atPeer, 1]]);
  });
});
