/** A sensor that forwards nothing any more, while its links stay up: nothing but probes can tell. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { unread } from "../lab/lab.ts";
import { Stream } from "../lab/stream.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { losses, SensorScene } from "./scene.ts";

/** Packets per second, and how many are sent. */
const [RATE, COUNT] = [1000, 4000];
/**
 * The most packets of one direction that may be lost. On a quiet machine there are less than 400, as
 * test/long/sensor_cut_test.ts shows: three probes, each 200 ms after the last, and 100 ms to wait.
 */
const MOST_LOST = 2000;

for (const version of [4, 6] as const) {
  Deno.test(`a sensor that is cut off is passed by after one gap: IPv${version}, both directions`, async () => {
    await using scene = await SensorScene.start({ failureMode: "Open" });
    const { lab, web, peer } = scene;
    await scene.conditions();
    const ways = [[web, peer, lab.at(peer)], [peer, web, lab.at(web)]] as const;
    const before = await Promise.all([web, peer].map((pod) => unread(lab.ovs, pod)));
    const sending = ways.map(([from, to]) => send({ from, to, version, count: COUNT, rate: RATE }));
    await delay(500);
    await scene.cut(true);
    const sent = await Promise.all(sending);
    await scene.conditions("Bypassed", "SensorDown");
    for (const [index, [from, , counter]] of ways.entries()) {
      const never = await unread(lab.ovs, from) - before[index]!;
      const { lost, besideTheGap, twice } = losses(sent[index]!, counter);
      assert.ok(lost > 0 && lost - never < MOST_LOST, `${counter.name}: lost ${lost}`);
      assert.equal(twice, 0);
      assert.ok(besideTheGap <= never, `${counter.name}: lost ${besideTheGap} beside the gap`);
    }
  });
}

Deno.test("a sensor that works again is used again without a loss", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.conditions();
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  const stream = new Stream({ from: web, to: peer }, lab.at(peer), [lab.atDevice("vin-x")]);
  await stream.goesOn("after", async () => {
    await scene.cut(false);
    await scene.conditions();
  });
});

Deno.test("a redirect that fails closed lets nothing pass while its sensor is cut off, and says so", async () => {
  await using scene = await SensorScene.start({ healthProbe: {} });
  const { lab, web, peer } = scene;
  const atPeer = lab.at(peer);
  await scene.conditions();
  await scene.cut(true);
  await scene.conditions("SensorDown");
  const ids = await send({ from: web, to: peer });
  await expectCounts(ids, [[atPeer, 0]]);
  await scene.cut(false);
  await scene.conditions();
  await expectCounts(await send({ from: web, to: peer }), [[atPeer, 1]]);
});

Deno.test("a redirect that is changed while its sensor is cut off knows that", async () => {
  await using scene = await SensorScene.start({ healthProbe: {} });
  await scene.sensorsUp("vin");
  await scene.cut(true);
  await scene.conditions("SensorDown");
  await scene.apply({ failureMode: "Open" });
  await scene.conditions("Bypassed", "SensorDown");
  await scene.apply({ healthProbe: { interval: "300ms" } });
  await scene.conditions("SensorDown");
});
