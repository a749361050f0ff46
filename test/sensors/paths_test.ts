/** Packets of the two directions that differ in more than their addresses, and two sets of sensors one after the other. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { Counter, expectCounts, type Flow, send } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { connection, placesOf, reversed } from "./connections.ts";
import { device, entry } from "./scene.ts";

const CONNECTIONS = Array.from({ length: 2000 }, (_, index) => connection(index));
/** By how much a part may differ from what chance alone gives. */
const UNEVEN = 0.25;

/** A redirect of the Pods with this label through three wires, of which this one is the first. */
const redirect = (name: string, first: number) =>
  trafficControl(name, {
    appliedTo: app(name),
    direction: "Both",
    action: "Redirect",
    targetPort: device(`vin${first}`),
    returnPort: device(`vout${first}`),
    additionalPorts: [entry(first + 1), entry(first + 2)],
  });

/** Redirects Pods. @returns The counters of the sensors, by the TrafficControls. */
async function redirected(lab: Lab, names: readonly string[]): Promise<Counter[][]> {
  const wires = names.map((_, index) => [1, 2, 3].map((wire) => 3 * index + wire));
  for (const wire of wires.flat()) await devicePair(lab.ovs, [`vin${wire}`, `vout${wire}`]);
  const controls = names.map((name, index) => redirect(name, wires[index]![0]!));
  await lab.agent.write("tc.yaml", ...controls);
  await lab.agent.realized(...names);
  return wires.map((each) => each.map((wire) => lab.atDevice(`vin${wire}-x`)));
}

/** Sends a packet of each connection. @returns The numbers of the frames, which have all arrived. */
async function sendAll(flow: Pick<Flow, "from" | "to" | "frame">, at: Counter, isBack = false) {
  const each = (index: number) => isBack ? reversed(CONNECTIONS[index]!) : CONNECTIONS[index]!;
  const ids = await send({ ...flow, count: CONNECTIONS.length, pace: at, each });
  await expectCounts(ids, [[at, 1]]);
  return ids;
}

Deno.test("the directions of a connection are at one sensor if they have different tags, and MACs of different routers", async (t) => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const [uplink, neighbour] = [await lab.addPod("p2"), await lab.addPod("p3", { vlan: 10 })];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
  const [sensors] = await redirected(lab, ["web"]);
  const [atWeb, atUplink] = [lab.at(web), lab.at(uplink)];
  const outgoing = { from: web, to: { mac: "02:ee:00:00:00:01", ips: uplink.ips } };
  const incoming = { from: "02:ee:00:00:00:02" };
  // NORMAL learns which router is where.
  await send({ from: uplink, to: web, count: 1, frame: { vlan: 10, from: outgoing.to.mac } });
  await t.step("a tag on the way in only", async () => {
    const there = await sendAll({ from: web, to: uplink }, atUplink);
    const back = await sendAll({ from: uplink, to: web, frame: { vlan: 10 } }, atWeb, true);
    assert.deepEqual(placesOf(back, sensors!), placesOf(there, sensors!));
  });
  await t.step("one router on the way out, another on the way in, with a tag", async () => {
    const there = await sendAll(outgoing, atUplink);
    const frame = { ...incoming, vlan: 10 };
    const back = await sendAll({ from: uplink, to: web, frame }, atWeb, true);
    assert.deepEqual(placesOf(back, sensors!), placesOf(there, sensors!));
  });
  await t.step("out by the uplink, in from an access port with another MAC", async () => {
    const there = await sendAll({ from: web, to: uplink }, atUplink);
    const back = await sendAll({ from: neighbour, to: web, frame: incoming }, atWeb, true);
    assert.deepEqual(placesOf(back, sensors!), placesOf(there, sensors!));
    assert.equal(new Set(placesOf(there, sensors!)).size, sensors!.length);
  });
});

Deno.test("which sensor of a second set a connection gets does not follow from that of the first set", async () => {
  await using lab = await Lab.start(2);
  const [web, db] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(db, { app: "db" }));
  const [ofWeb, ofDb] = await redirected(lab, ["db", "web"]).then(([db, web]) => [web!, db!]);
  const there = await sendAll({ from: web, to: db }, lab.at(db));
  const [first, second] = [placesOf(there, ofWeb!), placesOf(there, ofDb!)];
  const fair = CONNECTIONS.length / (ofWeb!.length * ofDb!.length);
  for (const one of ofWeb!.keys()) {
    for (const other of ofDb!.keys()) {
      const both = there.filter((_, index) => first[index] === one && second[index] === other);
      assert.ok(Math.abs(both.length / fair - 1) < UNEVEN, `${one} ${other}: ${both.length}`);
    }
  }
  const back = await sendAll({ from: db, to: web }, lab.at(web), true);
  assert.deepEqual([placesOf(back, ofWeb!), placesOf(back, ofDb!)], [first, second]);
});
