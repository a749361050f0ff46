/** Sensors that are not probed, and return nothing: only the counters of their ports can tell. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { send } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { device, entry, SensorScene } from "./scene.ts";

/** Packets per second; within 10 s they are more than a sensor may drop unnoticed. */
const RATE = 20;
/** More packets than any test needs. */
const COUNT = 10_000;
/** Fewer packets than a sensor may drop unnoticed. */
const FEW = 5;
/** Milliseconds: a reading of the counters, a whole window of them, and what a busy machine adds. */
const SOON = 25_000;

type Conditions = readonly { readonly reason: string; readonly message: string }[];

async function conditionsOf(lab: Lab, name: string): Promise<Conditions> {
  const { trafficControls } = await lab.agent.state();
  return trafficControls.find((control) => control.name === name)!.conditions;
}

const isSilent = (conditions: Conditions) =>
  conditions.some(({ reason }) => reason === "SensorSilent");

/** Sends packets until it is disposed of. */
function sending(from: TestPod, to: TestPod, addresses?: (index: number) => string) {
  const stop = new AbortController();
  const each = addresses && ((index: number) => ({ source: addresses(index) }));
  const flow = { from, to, count: COUNT, rate: RATE, signal: stop.signal, ...(each && { each }) };
  const sent = send(flow);
  const end = async () => {
    stop.abort();
    await sent;
  };
  return { [Symbol.asyncDispose]: end };
}

Deno.test("of two sensors without probes, the one that is cut off is silent while packets go in, until it is mended", async () => {
  await using scene = await SensorScene.start({ additionalPorts: [entry(1)] }, 1);
  const { lab, web, peer } = scene;
  await using _sending = sending(web, peer, (index) => `10.1.0.${index % 250}`);
  await scene.cut(true, "1");
  const found = await eventually("SensorSilent", async () => {
    const conditions = await conditionsOf(lab, "ips");
    return isSilent(conditions) && conditions;
  }, SOON);
  assert.deepEqual(found.map(({ reason }) => reason), ["SensorSilent"]);
  const expected =
    /^The sensor between "vin1" and "vout1" returns nothing: (\d+) packets went into it in (\d+) s, and none came back$/;
  const [, into, seconds] = expected.exec(found[0]!.message) ?? assert.fail(found[0]!.message);
  assert.ok(Number(into) >= 10 && Number(seconds) >= 10, found[0]!.message);
  await lab.agent.realized("ips");
  await scene.cut(false, "1");
  await scene.conditions();
});

Deno.test("no word of a sensor that is probed, has no work, or drops a few packets", async () => {
  const names = ["silent", "probed", "idle", "few"] as const;
  await using lab = await Lab.start(names.length + 1);
  const pods = lab.pods as TestPod[];
  const peer = pods.at(-1)!;
  await lab.agent.write(
    "pods.yaml",
    ...names.map((name, index) => podObject(pods[index]!, { app: name })),
    podObject(peer, {}),
  );
  for (const wire of names.keys()) await devicePair(lab.ovs, [`vin${wire}`, `vout${wire}`]);
  await lab.agent.write(
    "tc.yaml",
    ...names.map((name, wire) =>
      trafficControl(name, {
        appliedTo: app(name),
        direction: "Egress",
        action: "Redirect",
        targetPort: device(`vin${wire}`),
        returnPort: device(`vout${wire}`),
        ...(name === "probed" && { healthProbe: {} }),
      })
    ),
  );
  await lab.agent.realized(...names);
  const scene = SensorScene.of(lab, pods[0]!, peer);
  for (const wire of names.keys()) await scene.cut(true, `${wire}`);
  await using _silent = sending(pods[0]!, peer);
  await using _probed = sending(pods[1]!, peer);
  await send({ from: pods[3]!, to: peer, count: FEW });
  await eventually("SensorSilent", async () => isSilent(await conditionsOf(lab, "silent")), SOON);
  const others = names.slice(1).map(async (name) =>
    (await conditionsOf(lab, name)).map(({ reason }) => reason)
  );
  assert.deepEqual(await Promise.all(others), [["SensorDown"], [], []]);
});
