/** A sensor that forwards nothing any more, while its links stay up: nothing but probes can tell. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import type { Counter } from "../lab/traffic.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";

/** Packets per second, and how many are sent. */
const [RATE, COUNT] = [1000, 6000];
/** The most packets of one direction that may be lost: three probes, each 200 ms after the last, and 100 ms to wait. */
const MOST_LOST = 400;

interface Losses {
  readonly lost: number;
  readonly gaps: number;
  readonly twice: number;
}

function losses(ids: readonly number[], counter: Counter): Losses {
  counter.look();
  const missing = ids.map((id) => counter.count(id) === 0);
  return {
    lost: missing.filter((is) => is).length,
    gaps: missing.filter((is, index) => is && !missing[index - 1]).length,
    twice: ids.filter((id) => counter.count(id) > 1).length,
  };
}

for (const version of [4, 6] as const) {
  Deno.test(`a sensor that is cut off is passed by, and used again: IPv${version}, both directions`, async () => {
    await using scene = await SensorScene.start({ failureMode: "Open" });
    const { lab, web, peer } = scene;
    const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
    await scene.conditions();
    const sending = [
      send({ from: web, to: peer, version, count: COUNT, rate: RATE }),
      send({ from: peer, to: web, version, count: COUNT, rate: RATE }),
    ];
    await delay(500);
    await scene.cut(true);
    const [sent, received] = await Promise.all(sending) as [number[], number[]];
    await scene.conditions("Bypassed", "SensorDown");
    for (const [ids, counter] of [[sent, atPeer], [received, atWeb]] as const) {
      const { lost, gaps, twice } = losses(ids, counter);
      assert.ok(lost > 0 && lost < MOST_LOST, `${counter.name}: lost ${lost}`);
      assert.deepEqual({ gaps, twice }, { gaps: 1, twice: 0 });
    }
    const again = [
      send({ from: web, to: peer, version, count: COUNT, rate: RATE }),
      send({ from: peer, to: web, version, count: COUNT, rate: RATE }),
    ];
    await scene.cut(false);
    const [out, back] = await Promise.all(again) as [number[], number[]];
    await expectCounts(out, [[atPeer, 1]]);
    await expectCounts(back, [[atWeb, 1]]);
    await scene.conditions();
  });
}

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
