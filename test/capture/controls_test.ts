/** Captures of TrafficControls: what a redirect's pair gets, rules of the session, several Pods, and no trace in what is told. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { readPcapng } from "../lab/pcapng.ts";
import { bridgeWire } from "../lab/wire.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { type Capture, MIRROR, Scene } from "./scene.ts";

const read = async ({ file }: Capture) => readPcapng(await Deno.readFile(file));
const hex = (frames: readonly Uint8Array[]) => frames.map((bytes) => bytes.toHex());
const REDIRECT = trafficControl("redirect-web", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

Deno.test("a capture of a redirect has what goes into the pair, and no packet is lost for it", async () => {
  await using scene = await Scene.start(REDIRECT);
  const { web, peer, lab } = scene;
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [atTap, atPeer, atWeb] = [lab.atDevice("tap0"), lab.at(peer), lab.at(web)];
  const capture = await scene.capture("tc/redirect-web");
  await expectFlow({ from: web, to: peer, count: 30 }, [[atTap, 1], [atPeer, 1]]);
  await expectFlow({ from: peer, to: web, count: 30 }, [[atTap, 1], [atWeb, 1]]);
  await capture.hasPackets(60);
  const { said } = await capture.stop();
  assert.equal(said, "Kept 60 packets, left out 0: the client has ended it\n");
  assert.deepEqual(hex((await read(capture)).packets.map(({ data }) => data)), hex(atTap.frames));
  await scene.clean();
  await expectFlow({ from: web, to: peer, count: 30 }, [[atTap, 1], [atPeer, 1]]);
});

Deno.test("rules of a session choose its packets, and a packet between two Pods is there once, for its sender", async () => {
  await using scene = await Scene.start(MIRROR);
  const { web, peer, lab } = scene;
  const { agent, ovs } = lab;
  await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, { app: "web" }));
  await agent.settled(
    "two mirrored Pods",
    ({ pods }) => pods.every(({ ports }) => ports[0]?.egress !== undefined),
  );
  const rules = `${ovs.dir}/rules.yaml`;
  await Deno.writeTextFile(rules, "rules:\n- action: Include\n  protocol: UDP\n");
  const capture = await scene.capture("tc/mirror-web", "--rules", rules);
  const at = lab.atDevice("tap0");
  const transport = { protocol: "tcp", from: 9, to: 9 } as const;
  const ids = [
    ...await send({ from: web, to: peer, count: 10 }),
    ...await send({ from: peer, to: web, count: 15 }),
    ...await send({ from: web, to: peer, count: 10, frame: { transport } }),
  ];
  await expectCounts(ids, [[at, 1]]);
  await capture.hasPackets(25);
  assert.match((await capture.stop()).said, /^Kept 25 packets, left out 0/);
  const { packets, interfaces } = await read(capture);
  const count = (name: string) => packets.filter(({ on }) => on.name === name).length;
  assert.deepEqual([count("default/p1 egress"), count("default/p2 egress")], [10, 15]);
  assert.equal(interfaces.length, 4);
  assert.match(
    (await scene.run("tc/mirror-web", "--rules", "/none").ended()).said,
    /cannot be read/,
  );
});

Deno.test("a session is in no state, no metric and no log of a TrafficControl, and Pods without one are captured, too", async () => {
  await using scene = await Scene.start(MIRROR);
  const { lab: { agent }, peer, web } = scene;
  const done = async () => {
    const asked = await agent.get(`/api/v1/explain?pod=default/${peer.name}`);
    return JSON.parse(asked.text).ports.map((port: { directions: unknown }) => port.directions);
  };
  const [before, doneBefore] = [await agent.state(), await done()];
  const capture = await scene.capture(`pod/default/${peer.name}`);
  assert.deepEqual(await done(), doneBefore);
  const { pods, trafficControls, ports, conditions } = await agent.state();
  assert.deepEqual(pods, before.pods);
  assert.deepEqual(trafficControls, before.trafficControls);
  assert.deepEqual(conditions, before.conditions);
  assert.deepEqual(ports.map(({ name }) => name), before.ports.map(({ name }) => name));
  assert.doesNotMatch((await agent.get("/metrics")).text, /capture-session/);
  assert.match((await agent.get("/readyz")).text, /^ok/);
  await send({ from: web, to: peer, count: 20 });
  await web.exec("ip", "neigh", "del", peer.ip(), "dev", "eth0");
  await web.ping(peer.ip(), 1);
  await capture.hasPackets(22);
  assert.match((await capture.stop()).said, /left out 0/);
  const { packets } = await read(capture);
  const isARP = ({ data }: { data: Uint8Array }) => data[12] === 0x08 && data[13] === 0x06;
  assert.equal(packets.filter(isARP).length > 0, true, "ARP is there, too");
});
