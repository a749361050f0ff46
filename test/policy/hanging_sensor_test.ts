/** A sensor hangs that is probed, behind a redirect with rules that fails open: only what the rules take ever notices. */
import assert from "node:assert/strict";
import type { FrameOptions } from "../lab/frames.ts";
import { unread } from "../lab/lab.ts";
import { type Counter, expectCounts, type Flow, send } from "../lab/traffic.ts";
import { losses, SensorScene } from "../sensors/scene.ts";

const [WEB_PORT, OTHER_PORT, CLIENT_PORT] = [80, 443, 40_000] as const;
const RULES = [{ action: "Include", protocol: "TCP", podPorts: [{ port: WEB_PORT }] }];
/** Packets per second of each flow, and milliseconds that a hanging sensor may cost on a busy machine: docs/sensors.md has less. */
const [RATE, MOST] = [500, 2000];
/** Seconds in which everything must be over. */
const LONGEST = 60;

const to = (port: number): Partial<FrameOptions> => ({
  transport: { protocol: "tcp", from: CLIENT_PORT, to: port },
});

Deno.test("while a probed sensor hangs and works again, packets that the rules skip never notice", async () => {
  await using scene = await SensorScene.start({
    ...{ failureMode: "Open", healthProbe: {}, rules: RULES },
  });
  const { lab, web, peer } = scene;
  const [atWeb, sensor] = [lab.at(web), lab.atDevice("vin-x")];
  await scene.sensorsUp("vin");
  await lab.ovs.emptyCache();
  const stop = new AbortController();
  const { signal } = stop;
  const flow: Flow = { from: peer, to: web, rate: RATE, count: LONGEST * RATE, signal };
  const before = await unread(lab.ovs, peer);
  const sending = [
    send({ ...flow, frame: to(WEB_PORT) }),
    send({ ...flow, frame: to(OTHER_PORT), pace: atWeb }),
  ];
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  await scene.cut(false);
  await scene.conditions();
  stop.abort();
  const [taken, skipped] = await Promise.all(sending) as [number[], number[]];
  await expectCounts(skipped, [[atWeb, 1], [sensor, 0]]);
  const { lost, besideTheGap, twice } = losses(taken, atWeb);
  assert.ok(lost > 0 && lost <= RATE * MOST / 1000, `${lost} packets lost`);
  const never = await unread(lab.ovs, peer) - before;
  assert.ok(besideTheGap <= never, `${besideTheGap} packets lost beside the gap`);
  assert.equal(twice, 0);
  const inspected = countOf(taken, sensor);
  assert.ok(inspected > 0 && inspected < taken.length, `${inspected} of ${taken.length} inspected`);
});

function countOf(ids: readonly number[], at: Counter): number {
  at.look();
  return ids.filter((id) => at.count(id) > 0).length;
}
