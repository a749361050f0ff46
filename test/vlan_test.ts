import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { introduce, type TestPod } from "./lab/pod.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";
import { ipIn } from "./lab/run.ts";
import { bridgeWire } from "./lab/wire.ts";

const redirect = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
const mirror = (port: string) =>
  trafficControl(`m-${port}`, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  });

/** VLAN ids, or "" for none. */
async function tags({ frames }: Counter): Promise<string[]> {
  return [...new Set((await tshark(frames, ["vlan.id"])).map(([tag]) => tag!))];
}

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
  assert.deepEqual(await tags(sensor), [""]);
  assert.deepEqual(await tags(atPod), [""]);
  assert.deepEqual(await tags(atUplink), ["10"]);
});

/** What is done to the Pod, and who sees each of its packets. */
const MIRRORED = [
  ["one mirror", { "m-ids0": mirror("ids0") }, ["ids0"]],
  ["two mirrors", { "m-ids0": mirror("ids0"), "m-ids1": mirror("ids1") }, ["ids0", "ids1"]],
  ["a mirror and a pair", { "m-ids0": mirror("ids0"), r: redirect }, ["ids0", "tap0"]],
] as const;

Deno.test("an access-port Pod behind a tagged uplink: mirrors see both directions untagged, both ends what they always see", async (t) => {
  await using lab = await Lab.start(0);
  const pod = await lab.addPod("p1", { vlan: 10 });
  const uplink = await lab.addPod("p2");
  const neighbour = await lab.addPod("p3", { vlan: 10 });
  await introduce(pod, uplink, neighbour);
  await lab.agent.write("pods.yaml", podObject(pod, { app: "web" }));
  const [atPod, atUplink, atNeighbour] = [lab.at(pod), lab.at(uplink), lab.at(neighbour)];
  const tagged = { vlan: 10 };
  for (const [what, controls, ports] of MIRRORED) {
    await t.step(what, async () => {
      await lab.agent.write("tc.yaml", ...Object.values(controls));
      await lab.agent.realized(...Object.keys(controls));
      if ("r" in controls) await bridgeWire(lab.ovs, ["tap0", "tap1"]);
      const sensors = ports.map((name) => lab.atDevice(name));
      const seen = sensors.map((sensor) => [sensor, 1] as const);
      for (const version of [4, 6] as const) {
        const [out, into] = [{ from: pod, version }, { to: pod, version }];
        await expectFlow({ ...into, from: uplink, frame: tagged }, [[atPod, 1], ...seen]);
        await expectFlow({ ...out, to: uplink }, [[atUplink, 1], ...seen]);
        await expectFlow({ ...into, from: neighbour }, [[atPod, 1], ...seen]);
        await expectFlow({ ...out, to: neighbour }, [[atNeighbour, 1], ...seen]);
      }
      for (const sensor of sensors) assert.deepEqual(await tags(sensor), [""], sensor.name);
      assert.deepEqual([await tags(atPod), await tags(atNeighbour)], [[""], [""]]);
      assert.deepEqual(await tags(atUplink), ["10"]);
    });
  }
});

Deno.test("a trunk Pod keeps its own tags, at pairs and mirrors, too", async () => {
  await using lab = await Lab.start(2);
  const [trunk, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(trunk, { app: "web" }));
  await lab.agent.write("tc.yaml", redirect, mirror("ids0"));
  await lab.agent.realized("m-ids0", "r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [atTrunk, atPeer] = [lab.at(trunk), lab.at(peer)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const [frame, seen] = [{ vlan: 20 }, [[sensor, 1], [ids, 1]]] as const;
  await expectFlow({ from: trunk, to: peer, frame }, [[atPeer, 1], [atTrunk, 0], ...seen]);
  await expectFlow({ from: peer, to: trunk, frame }, [[atTrunk, 1], [atPeer, 0], ...seen]);
  assert.deepEqual([await tags(sensor), await tags(ids)], [["20"], ["20"]]);
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
  await lab.agent.write("tc.yaml", redirect, mirror("ids0"));
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
  // Another MAC for one of them.
  const changed = { ...p2, mac: "02:aa:00:00:00:78" };
  await ipIn(p2.netns, "link", "set", "dev", "eth0", "address", changed.mac);
  await p4.knows(changed);
  await p2.knows(p4);
  await p4.ping(p2.ip(), 1);
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(changed, { app: "web" }),
  );
  await lab.agent.realized("m-ids0", "r");
  const seen = [[ids, 1], [sensor, 1]] as const;
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p3, to: p1, version }, [[at1, 1], [at2, 0], ...seen]);
    await expectFlow({ from: p4, to: changed, version }, [[at2, 1], [at1, 0], ...seen]);
    await expectFlow({ from: p1, to: p3, version }, [[at3, 1], [at4, 0], ...seen]);
    await expectFlow({ from: changed, to: p4, version }, [[at4, 1], [at3, 0], ...seen]);
  }
});
