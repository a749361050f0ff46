/** A redirect without the fields of this feature is as it was before there was one. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ProbeWatch } from "./probes.ts";
import { SensorScene } from "./scene.ts";

/** Milliseconds, of which each 200 would have a probe. */
const WATCHED = 4000;

Deno.test("a redirect without the new fields gets no probe, while it works and while it does not", async () => {
  await using scene = await SensorScene.start({});
  const { lab, web, peer } = scene;
  using probes = new ProbeWatch("vin-x", { netns: lab.ovs.netns, device: "vin-x" });
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);
  await delay(WATCHED / 2);
  await scene.cut(true);
  await delay(WATCHED / 2);
  await expectFlow({ from: web, to: peer }, [[at, 0], [sensor, 1]]);
  await scene.conditions();
  assert.deepEqual((await lab.agent.state()).sensors, []);
  assert.equal(probes.look(), 0);
  // The same watch sees them as soon as somebody asks for them.
  await scene.cut(false);
  await scene.apply({ healthProbe: {} });
  await scene.sensorsUp("vin");
  assert.ok(probes.look() > 0);
});
