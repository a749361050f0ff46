import { app, internal, podObject, trafficControl } from "./agent.ts";
import { Lab } from "./lab.ts";
import { introduce, type TestPod } from "./pod.ts";
import { type Counter, expectFlow } from "./traffic.ts";
import { tshark } from "./tshark.ts";
import { bridgeWire } from "./wire.ts";
import assert from "node:assert/strict";

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

Deno.test("two Pods with one MAC on two VLANs: neither is redirected, both are mirrored, each gets its own; and it heals", async () => {
  await using lab = await Lab.start(0);
  const mac = "02:aa:00:00:00:77";
  const p1 = await lab.addPod("p1", { vlan: 10, mac });
  const p2 = await lab.addPod("p2", { vlan: 20, mac });
  const [p3, p4] = [await lab.addPod("p3", { vlan: 10 }), await lab.addPod("p4", { vlan: 20 })];
  await introduce(p1, p3);
  await introduce(p2, p4);
  await p3.ping(p1.ip(), 1);
  await p4.ping(p2.ip(), 1);
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, { app: "web" }));
  const mirror = trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  });
  await lab.agent.write("tc.yaml", redirect, mirror);
  const { trafficControls } = await lab.agent.settled(
    "a condition",
    ({ trafficControls: [m, r] }) => m?.realized === true && r?.conditions.length === 2,
  );
  assert.deepEqual(trafficControls[1]!.conditions.map(({ reason }) => reason), [
    "AmbiguousMAC",
    "AmbiguousMAC",
  ]);
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [at1, at2, at3, at4] = [p1, p2, p3, p4].map((pod) => lab.at(pod)) as [
    Counter,
    Counter,
    Counter,
    Counter,
  ];
  const [ids, sensor] = [lab.atDevice("ids0"), lab.atDevice("tap0")];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p3, to: p1, version }, [[at1, 1], [at2, 0], [ids, 1], [sensor, 0]]);
    await expectFlow({ from: p4, to: p2, version }, [[at2, 1], [at1, 0], [ids, 1], [sensor, 0]]);
    await expectFlow({ from: p1, to: p3, version }, [[at3, 1], [at4, 0], [ids, 1], [sensor, 0]]);
    await expectFlow({ from: p2, to: p4, version }, [[at4, 1], [at3, 0], [ids, 1], [sensor, 0]]);
  }
});
