/** A sensor that hangs for a while and then goes on: what waited in it comes late, and old answers are none. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { unread } from "../lab/lab.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { Forwarder } from "./forwarder.ts";
import { ProbeWatch, verdicts } from "./probes.ts";
import { losses, SensorScene } from "./scene.ts";

/** Packets per second, and the most that are sent. */
const [RATE, MOST] = [200, 60_000];
/** More probes than a dead sensor needs. All of them wait in the sensor, and come out at once. */
const STALE = 20;
/** A dead sensor needs 15 answers. One probe may have been on its way, in its time, when the sensor went on. */
const LEAST_ANSWERS = 14;

/** Packets of the stream that the switch did not read in time: of the Pod, and of the sensor, which sends all at once. */
async function neverRead({ lab: { ovs }, web }: SensorScene): Promise<number> {
  const [ofPod, ofSensor] = [await unread(ovs, web), await unread(ovs, { name: "vout" })];
  return ofPod + ofSensor;
}

Deno.test("a sensor that is stopped is passed by; when it goes on, late packets come once, and late probes are no answers", async () => {
  await using scene = await SensorScene.prepare();
  await using forwarder = await Forwarder.in(scene);
  await scene.apply({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  const [at, sensor] = [lab.at(peer), lab.atDevice("vin-x")];
  using probes = new ProbeWatch("probes", { netns: lab.ovs.netns, device: "vin-x" });
  await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);

  const before = await neverRead(scene);
  const done = new AbortController();
  const { signal } = done;
  const sending = send({ from: web, to: peer, count: MOST, rate: RATE, signal });
  forwarder.stop();
  await scene.conditions("Bypassed", "SensorDown");
  const stale = probes.look() + STALE;
  await eventually("stale probes", () => probes.look() >= stale);
  const sent = probes.look();
  forwarder.goOn();
  await scene.sensorsUp("vin");
  const answered = probes.look() - sent;
  done.abort();
  const ids = await sending;

  assert.ok(answered >= LEAST_ANSWERS, `up again after ${answered} probes`);
  const never = await neverRead(scene) - before;
  const missing = () => losses(ids, at).lost;
  await eventually("all packets", () => missing() <= never).catch(() => {});
  assert.ok(missing() <= never, `lost: ${missing()}, of which the switch never read ${never}`);
  assert.equal(losses(ids, at).twice, 0);
  const { down, up } = await verdicts(lab.agent);
  assert.deepEqual({ down, up }, { down: 1, up: 2 });
  await scene.conditions();
  await expectFlow({ from: web, to: peer }, [[at, 1], [sensor, 1]]);
});
