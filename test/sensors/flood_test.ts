/** A sensor that gets more than it can do loses nearly all packets, probes too: nobody gets past it by that. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { chatter } from "./chatter.ts";
import { Forwarder } from "./forwarder.ts";
import { verdicts } from "./probes.ts";
import { SensorScene } from "./scene.ts";

/** Packets per second: what the sensor can do is a twentieth of the flood. */
const [CAPACITY, FLOOD] = [100, 2000];
/** Milliseconds of the flood after the sensor is known to be overloaded. In each second it is judged several times. */
const FLOODED = 8000;

Deno.test("a flooded sensor that passes one packet of twenty is overloaded, and is not passed by, also if its device sends frames by itself", async () => {
  await using scene = await SensorScene.prepare();
  await using _ = await Forwarder.in(scene, { capacity: CAPACITY });
  await scene.apply({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  const done = new AbortController();
  const count = Number.MAX_SAFE_INTEGER;
  const flood = send({ from: web, to: peer, count, rate: FLOOD, signal: done.signal });
  await scene.conditions("SensorOverloaded");
  {
    using _chatter = chatter(scene);
    await delay(FLOODED);
  }
  await scene.conditions("SensorOverloaded");
  const sensor = lab.atDevice("vin-x");
  done.abort();
  await flood;
  const { up, down, overloaded } = await verdicts(lab.agent);
  assert.deepEqual({ up, down, overloaded }, { up: 1, down: 0, overloaded: 1 });
  await scene.sensorsUp("vin");
  await scene.conditions();
  await expectFlow({ from: web, to: peer }, [[sensor, 1]]); // which may lose some
});
