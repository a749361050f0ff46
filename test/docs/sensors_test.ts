/** The commands of docs/sensors.md make sensors that work, and that hang. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { EXAMPLES } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { device, SensorScene } from "../sensors/scene.ts";
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

/** Two Pods, of which the first is redirected through the devices that the page makes. */
async function redirected(commands: readonly string[]): Promise<SensorScene> {
  const lab = await Lab.start(2);
  try {
    const [web, peer] = lab.pods as [TestPod, TestPod];
    await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
    const scene = SensorScene.of(lab, web, peer);
    for (const command of commands) await call(scene, command);
    await scene.apply({
      targetPort: device("vin"),
      returnPort: device("vout"),
      failureMode: "Open",
    });
    return scene;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
const call = ({ lab }: SensorScene, command: string) => lab.ovs.exec("sh", "-c", command);

interface Recipe {
  readonly section: string;
  /** How many commands follow those that make it: one lets it fail, one lets it work again, the others remove it. */
  readonly after: number;
  /** The device where its packets are counted. */
  readonly device: string;
  /** The conditions while it fails. */
  readonly failing: readonly string[];
}
const RECIPES: readonly Recipe[] = [
  {
    section: "A plain wire as a sensor",
    after: 3,
    device: "vout",
    failing: ["Bypassed", "LinkDown", "LinkDown", "SensorDown"],
  },
  {
    section: "A Linux bridge as a sensor",
    after: 5,
    device: "vin-x",
    failing: ["Bypassed", "SensorDown"],
  },
];

for (const { section, after, device: place, failing } of RECIPES) {
  Deno.test(`the commands of docs/sensors.md make a sensor, and let it fail: ${section}`, async (t) => {
    const commands = await commandsOf("docs/sensors.md", section);
    const [fail, mend, ...remove] = commands.splice(-after) as [string, string, ...string[]];
    await using scene = await redirected(commands);
    const { lab, web, peer } = scene;
    const [atPeer, sensor] = [lab.at(peer), lab.atDevice(place)];
    const passes = (inspected: 0 | 1) =>
      expectFlow({ from: web, to: peer }, [[atPeer, 1], [sensor, inspected]]);
    await t.step("all packets pass it", async () => {
      await scene.sensorsUp("vin");
      await passes(1);
    });
    await t.step("if it fails, they pass without it", async () => {
      await call(scene, fail);
      await scene.conditions(...failing);
      await passes(0);
    });
    await t.step("if it works again, they pass it again", async () => {
      await call(scene, mend);
      await scene.sensorsUp("vin");
      await passes(1);
    });
    await t.step("and it can be removed", async () => {
      await lab.agent.delete("tc.yaml");
      for (const command of remove) await call(scene, command);
      await expectFlow({ from: web, to: peer }, [[atPeer, 1]]);
    });
  });
}
