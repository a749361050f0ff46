/** How many packets a sensor loses that is cut off, or that loses its link, with the defaults: for a machine that does nothing else. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { ipIn } from "../lab/run.ts";
import { unread } from "../lab/lab.ts";
import { send } from "../lab/traffic.ts";
import { losses, SensorScene } from "../sensors/scene.ts";

const CUTS = 8;
const [RATE, COUNT] = [1000, 1500];
/** Issue 17: three probes, each 200 ms after the last, and 100 ms to wait. */
const MOST_LOST = 400;

/** Devices of a sensor that lose their links: Open vSwitch or the kernel tells it, and no probe has to be missed. */
const LINKS = ["vin", "vin-x", "vout", "vout-x"];
const MOST_LOST_WITH_LINK = 100;

/** One cut, with an agent of its own: one that has seen several of them waits longer before it closes. */
async function lostBy(
  cut: number,
  happens: (scene: SensorScene) => Promise<unknown> = (scene) => scene.cut(true),
): Promise<number> {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  const at = lab.at(peer);
  await scene.sensorsUp("vin");
  const before = await unread(lab.ovs, web);
  const sending = send({ from: web, to: peer, version: cut % 2 ? 6 : 4, count: COUNT, rate: RATE });
  await delay(200 + 50 * cut);
  await happens(scene);
  const ids = await sending;
  await lab.agent.settled("an open redirect", ({ sensors: [sensor] }) => sensor?.isOpen === true);
  const never = await unread(lab.ovs, web) - before;
  const { lost, besideTheGap, twice } = losses(ids, at);
  assert.ok(besideTheGap <= never, `${besideTheGap} beside the gap`);
  assert.equal(twice, 0);
  return lost - never;
}

Deno.test("a silent cut loses less than 400 packets of 1,000 a second, in one gap", async () => {
  const figures: number[] = [];
  for (let cut = 0; cut < CUTS; cut++) figures.push(await lostBy(cut));
  console.log(`packets lost by each of ${CUTS} cuts: ${figures.join(", ")}`);
  assert.ok(figures.every((lost) => lost < MOST_LOST), figures.join(", "));
});

Deno.test("a lost link loses less than 100 packets of 1,000 a second, in one gap", async () => {
  const figures: string[] = [];
  for (const [index, device] of LINKS.entries()) {
    const down = ["link", "set", "dev", device, "down"];
    const lost = await lostBy(index, ({ lab: { ovs } }) => ipIn(ovs.netns, ...down));
    figures.push(`${device}: ${lost}`);
    assert.ok(lost < MOST_LOST_WITH_LINK, figures.join(", "));
  }
  console.log(`packets lost by each lost link: ${figures.join(", ")}`);
});
