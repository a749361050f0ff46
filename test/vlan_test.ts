import { app, podObject, trafficControl } from "./agent.ts";
import { Lab } from "./lab.ts";
import { introduce, type TestPod } from "./pod.ts";
import { expectFlow } from "./traffic.ts";
import { tshark } from "./tshark.ts";
import { bridgeWire } from "./wire.ts";
import assert from "node:assert/strict";

const internal = (name: string) => ({ ovsInternal: { name } });
const redirect = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

Deno.test("an access-port Pod behind a tagged uplink: the sensor sees both directions untagged, both ends what they always see", async () => {
  await using lab = await Lab.start(0);
  const pod = await lab.addPod("p1", { vlan: 10 });
  const uplink = await lab.addPod("p2"); // a trunk: what it sends carries the tag
  await introduce(pod, uplink);
  await lab.agent.write("pods.yaml", podObject(pod, { app: "web" }));
  await lab.agent.write("tc.yaml", redirect);
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [atPod, atUplink, sensor] = [lab.at(pod), lab.at(uplink), lab.atDevice("tap0")];
  const tagged = { vlan: 10 };
  for (const version of [4, 6] as const) {
    await expectFlow({ from: uplink, to: pod, version, frame: tagged }, [[atPod, 1], [sensor, 1], [
      atUplink,
      0,
    ]]);
    await expectFlow({ from: pod, to: uplink, version }, [[atUplink, 1], [sensor, 1], [atPod, 0]]);
  }
  const tags = async (frames: readonly Uint8Array[]) =>
    new Set((await tshark(frames, ["vlan.id"])).map(([tag]) => tag));
  assert.deepEqual(await tags(sensor.frames), new Set([""]));
  assert.deepEqual(await tags(atPod.frames), new Set([""]));
  assert.deepEqual(await tags(atUplink.frames), new Set(["10"]));
});

Deno.test("a trunk Pod keeps its own tags, at the sensor, too", async () => {
  await using lab = await Lab.start(2);
  const [trunk, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(trunk, { app: "web" }));
  await lab.agent.write("tc.yaml", redirect);
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [atTrunk, atPeer, sensor] = [lab.at(trunk), lab.at(peer), lab.atDevice("tap0")];
  const frame = { vlan: 20 };
  await expectFlow({ from: trunk, to: peer, frame }, [[atPeer, 1], [sensor, 1], [atTrunk, 0]]);
  await expectFlow({ from: peer, to: trunk, frame }, [[atTrunk, 1], [sensor, 1], [atPeer, 0]]);
  const tags = (await tshark(sensor.frames, ["vlan.id"])).map(([tag]) => tag);
  assert.deepEqual(new Set(tags), new Set(["20"]));
});
