/** A sensor that does not work, while its device sends frames by itself: they are no signs of life. */
import assert from "node:assert/strict";
import { expectFlow, send } from "../lab/traffic.ts";
import { chatter } from "./chatter.ts";
import { SensorScene } from "./scene.ts";

/** Packets per second of the Pod. */
const RATE = 400;

Deno.test("a dead sensor whose device sends frames of a spanning tree is passed by, also while there is traffic", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  using _chatter = chatter(scene);
  const done = new AbortController();
  const count = Number.MAX_SAFE_INTEGER;
  const sending = send({ from: web, to: peer, count, rate: RATE, signal: done.signal });
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown").finally(() => done.abort());
  await sending;
  const [sensor] = (await lab.agent.state()).sensors;
  assert.match(sensor!.evidence, /hardly any of them IP$/);
  const [at, atSensor] = [lab.at(peer), lab.atDevice("vin-x")];
  await expectFlow({ from: web, to: peer }, [[at, 1], [atSensor, 0]]);
  await scene.cut(false);
  await scene.conditions();
  await expectFlow({ from: web, to: peer }, [[at, 1], [atSensor, 1]]);
});
