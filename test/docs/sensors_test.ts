/** The commands of docs/sensors.md make a sensor that works, and one that hangs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { EXAMPLES } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { SensorProcess } from "../sensors/sensor_process.ts";
import { commandsOf } from "./pages.ts";

Deno.test("the commands of docs/sensors.md make a sensor, and one that hangs", async (t) => {
  const commands = await commandsOf("docs/sensors.md", "A sensor to try redirects with");
  const [works, hangs] = commands.map((command) => {
    const [program, name, ...args] = command.split(" ");
    assert.deepEqual([program, name], ["sluice", "sensor"]);
    return args;
  });
  await using lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  const { netns } = lab.ovs;
  await lab.agent.write(
    "pods.yaml",
    podObject(web, {}, { namespace: "prod" }),
    podObject(peer, {}),
  );
  await lab.agent.copy(join(EXAMPLES, "redirect-prod-to-local.yaml"));
  await lab.agent.realized("redirect-prod-to-local");
  const atPeer = lab.at(peer);
  await t.step("all packets pass it", async () => {
    await using sensor = await SensorProcess.start(netns, ...works!);
    await expectFlow({ from: web, to: peer }, [[atPeer, 1]]);
    assert.equal(await sensor.end(), 0);
    assert.match(sensor.lines.at(-1)!, /^Forwarded 20 packets/);
  });
  await t.step("it hangs", async () => {
    await using sensor = await SensorProcess.start(netns, ...hangs!);
    await expectFlow({ from: web, to: peer }, [[atPeer, 0]]);
    assert.equal(await sensor.end(), 0);
    assert.match(sensor.lines.at(-1)!, /^Forwarded 0 packets.* did not forward 20$/);
  });
});
