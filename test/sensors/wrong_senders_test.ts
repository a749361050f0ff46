/** What Sluice does about wrong senders, and what an action drops, is the same while a redirect is open. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { PLUGINS } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, expectFlow, type Flow, send } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { SensorScene } from "./scene.ts";

type Three<T> = readonly [T, T, T];
/** Packets of each flow. */
const COUNT = 20;
const EVERYBODY = "ff:ff:ff:ff:ff:ff";

async function start() {
  const lab = await Lab.start(3, { args: ["--plugins", PLUGINS] });
  const [web, peer, other] = lab.pods as unknown as Three<TestPod>;
  await devicePair(lab.ovs, ["vin", "vout"]);
  const objects = [
    podObject(web, { app: "web" }),
    podObject(peer, {}),
    podObject(other, { app: "other" }),
  ];
  await lab.agent.write("pods.yaml", ...objects);
  const scene = SensorScene.of(lab, web, peer);
  await scene.apply({ failureMode: "Open" });
  await scene.sensorsUp("vin");
  return { lab, scene, web, peer, other };
}

/** Flows of Pods that give themselves out for others. */
function spoofs([web, peer, other]: Three<TestPod>): Record<string, Flow> {
  const [from, source] = [peer.mac, peer.ip()];
  return {
    "another Pod's MAC, to the redirected Pod": { from: other, to: web, frame: { from } },
    "another Pod's MAC and address, to the redirected Pod": {
      from: other,
      to: web,
      frame: { from, source },
    },
    "another Pod's address alone, to the redirected Pod": {
      from: other,
      to: web,
      frame: { source },
    },
    "another Pod's MAC, to everybody": { from: other, to: web, frame: { from, to: EVERYBODY } },
    "the redirected Pod's MAC": { from: other, to: peer, frame: { from: web.mac } },
    "by the redirected Pod, a third one's MAC": { from: web, to: other, frame: { from } },
    "by the redirected Pod, a third one's address": { from: web, to: other, frame: { source } },
    "by the redirected Pod, a MAC that nobody has": {
      from: web,
      to: other,
      frame: { from: "02:ee:00:00:00:99" },
    },
  };
}

/** How many of the packets of each flow came to each Pod. */
async function arrivals(flows: Record<string, Flow>, counters: readonly Counter[]) {
  const found: Record<string, readonly number[]> = {};
  for (const [what, flow] of Object.entries(flows)) {
    const ids = await send({ ...flow, count: COUNT });
    const marker = await send({ ...flow, frame: {} }); // an honest packet behind them, so that all have come
    const to = counters.find(({ name }) => name === (flow.to as TestPod).name)!;
    await expectCounts(marker, [[to, 1]]);
    counters.forEach((counter) => counter.look());
    found[what] = counters.map((counter) => ids.reduce((sum, id) => sum + counter.count(id), 0));
  }
  return found;
}

Deno.test("packets of wrong senders come to the same Pods, or to none, while a redirect is open", async () => {
  const { lab, scene, web, peer, other } = await start();
  await using _ = lab;
  const pods = [web, peer, other] as const;
  const counters = pods.map((pod) => lab.at(pod));
  const closed = await arrivals(spoofs(pods), counters);
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  const open = await arrivals(spoofs(pods), counters);
  assert.deepEqual(open, closed);
  const [toNobody, toPeer] = [[0, 0, 0], [0, COUNT, 0]];
  assert.deepEqual(closed["another Pod's MAC, to the redirected Pod"], toNobody);
  assert.deepEqual(
    closed["the redirected Pod's MAC"],
    toPeer,
    "as no Pod that is redirected sends or gets it",
  );
});

Deno.test("what an action drops is dropped while the redirect is open, and not by its sensor", async () => {
  const { lab, scene, web, peer, other } = await start();
  await using _ = lab;
  const [atWeb, atPeer, atOther] = [lab.at(web), lab.at(peer), lab.at(other)];
  const sensor = lab.atDevice("vin-x");
  const quarantine = { appliedTo: app("web"), direction: "Egress", action: "Drop" };
  await lab.agent.write("drop.yaml", trafficControl("quarantine", quarantine));
  await scene.conditions("Superseded"); // what is dropped goes into no sensor
  const dropped = async (inspected: 0 | 1) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version }, [[atPeer, 0], [atOther, 0], [sensor, 0]]);
      await expectFlow({ from: peer, to: web, version }, [[atWeb, 1], [sensor, inspected]]);
    }
    await expectFlow({ from: web, to: peer, frame: { to: EVERYBODY } }, [
      [atPeer, 0],
      [atOther, 0],
      [sensor, 0],
    ]);
  };
  await dropped(1);
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown", "Superseded");
  await dropped(0);
});
