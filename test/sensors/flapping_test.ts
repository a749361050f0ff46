/** A sensor that works for a second, and hangs for a second, again and again. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { unread } from "../lab/lab.ts";
import { send } from "../lab/traffic.ts";
import { verdicts } from "./probes.ts";
import { losses, SensorScene } from "./scene.ts";

/** Milliseconds of each state, and how often the sensor has both. */
const [STATE, TIMES] = [1000, 10];
const RATE = 300;
/** Packets of one direction that one death may cost: see MOST_LOST of cut_test.ts. */
const MOST_LOST_PER_DEATH = 2 * RATE;

async function flap(scene: SensorScene): Promise<void> {
  for (let index = 0; index < TIMES; index++) {
    await scene.cut(true);
    await delay(STATE);
    await scene.cut(false);
    await delay(STATE);
  }
}

/** Packets that are lost in one direction while something happens. */
async function lostIn({ lab, web, peer }: SensorScene, happens: () => Promise<void>) {
  const at = lab.at(peer);
  const before = await unread(lab.ovs, web);
  const done = new AbortController();
  const count = Number.MAX_SAFE_INTEGER;
  const sending = send({ from: web, to: peer, count, rate: RATE, signal: done.signal });
  const looking = setInterval(() => at.look(), STATE);
  await happens().finally(() => {
    done.abort();
    clearInterval(looking);
  });
  const { lost, besideTheGap, twice } = losses(await sending, at);
  return { lost, besideTheGap, twice, never: await unread(lab.ovs, web) - before };
}

Deno.test("a sensor that never works for long is passed by all the time, after one gap", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  const { lost, besideTheGap, twice, never } = await lostIn(scene, () => flap(scene));
  const { up, down } = await verdicts(scene.lab.agent);
  assert.deepEqual({ up, down, twice }, { up: 1, down: 1, twice: 0 });
  assert.ok(lost - never <= MOST_LOST_PER_DEATH, `lost: ${lost}`);
  assert.ok(besideTheGap <= never, `lost beside the gap: ${besideTheGap}`);
});

Deno.test("each relapse doubles the time until a sensor is used again, so the changes end", async () => {
  const soon = { successThreshold: 2 };
  await using scene = await SensorScene.start({ failureMode: "Open", healthProbe: soon });
  await scene.sensorsUp("vin");
  const { lost, twice, never } = await lostIn(scene, () => flap(scene));
  const { down } = await verdicts(scene.lab.agent);
  // 2 answers take 0.4 s, 4 take 0.8 s, 8 take longer than it ever works
  assert.ok(down > 1 && down < TIMES / 2, `deaths: ${down}`);
  assert.equal(twice, 0);
  assert.ok(lost - never <= down * MOST_LOST_PER_DEATH, `lost: ${lost}`);
});
