/** A neighbour that has one MAC in several VLANs, as a router has: redirected Pods get what they get without a redirect. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "./lab/agent.ts";
import { idOf } from "./lab/frames.ts";
import { Lab } from "./lab/lab.ts";
import { ipIn } from "./lab/run.ts";
import { type Counter, expectCounts, type Flow, send } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";
import { devicePair } from "./lab/wire.ts";

/** Frames of both VLANs, by turns, and frames per second: long enough for the switch to look at its cache again. */
const [COUNT, RATE] = [1500, 600];
const VLANS = [10, 20] as const;
const vlanOf = (index: number) => VLANS[index % 2]!;
const BROADCAST = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };
const NOWHERE = "";

type Neighbour = Flow["from"];

/** A neighbour at a port of its own, which carries these VLANs. All neighbours have the same MAC. */
async function neighbour({ ovs }: Lab, name: string, trunks: string): Promise<Neighbour> {
  await ipIn(ovs.netns, "link", "add", name, "type", "veth", "peer", "name", `${name}-x`);
  for (const end of [name, `${name}-x`]) await ipIn(ovs.netns, "link", "set", end, "up");
  await ovs.vsctl("add-port", "br0", name, `trunks=${trunks}`);
  const mac = "02:ee:00:00:00:01";
  return { netns: ovs.netns, device: `${name}-x`, mac, ips: ["10.9.0.101/24"] };
}

async function redirect({ agent, ovs }: Lab, names: readonly string[]): Promise<void> {
  const controls: object[] = [];
  for (const name of names) {
    await devicePair(ovs, [`${name}-in`, `${name}-out`]);
    controls.push(trafficControl(name, {
      appliedTo: app(name),
      direction: "Both",
      action: "Redirect",
      targetPort: { device: { name: `${name}-in` } },
      returnPort: { device: { name: `${name}-out` } },
    }));
  }
  await agent.write("tc.yaml", ...controls);
  await agent.realized(...names);
}

/** Sends frames with both tags by turns. @returns Their numbers, by their tags. */
async function sendBoth(flow: Flow): Promise<number[][]> {
  const each = (index: number) => ({ vlan: vlanOf(index) });
  const ids = await send({ count: COUNT, rate: RATE, ...flow, each });
  return VLANS.map((vlan) => ids.filter((_, index) => vlanOf(index) === vlan));
}

/**
 * Checks which frames came to a place.
 *
 * @param sent Their numbers, by the tags with which they were sent.
 * @param tags The tags with which each kind must come: `-` for none, nothing if it must not come at all.
 */
async function expectTags(
  at: Counter,
  sent: readonly (readonly number[])[],
  tags: readonly string[],
): Promise<void> {
  for (const [index, ids] of sent.entries()) await expectCounts(ids, [[at, tags[index] ? 1 : 0]]);
  const found = at.frames.length === 0 ? [] : await tshark(at.frames, ["vlan.id"]);
  const seen = sent.map((ids) => {
    const known = new Set(ids);
    const rows = found.filter((_, index) => known.has(idOf(at.frames[index]!)!));
    return [...new Set(rows.map(([tag]) => tag || "-"))].join(" ");
  });
  assert.deepEqual(seen, tags, at.name);
  at.reset();
}

const PORTS = [
  ["access", { vlan: 10 }, ["-", NOWHERE]],
  ["native-untagged", { vlan: 10, vlanMode: "native-untagged" }, ["-", "20"]],
  ["trunk", {}, ["10", "20"]],
] as const;

for (const [mode, options, tags] of PORTS) {
  Deno.test(`two tags from one neighbour to a Pod with a port of mode ${mode}`, async () => {
    await using lab = await Lab.start(0);
    const web = await lab.addPod("p1", options);
    const router = await neighbour(lab, "uplink", "10,20");
    const at = lab.at(web);
    await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
    const both = { from: router, to: web };
    await send({ from: web, to: router, count: 1 }); // NORMAL learns where the Pod is
    await expectTags(at, await sendBoth({ ...both, count: 20 }), tags);
    await redirect(lab, ["web"]);
    await expectTags(at, await sendBoth(both), tags);
    // The same two flows as they were learned before VLANs counted.
    const old = "table=207,idle_timeout=300,dl_src=02:ee:00:00:00:01";
    const tag = "load:0x1014->NXM_NX_REG10[0..12],load:9->NXM_NX_REG12[0..15]";
    for (const flow of [`${old},priority=12,dl_dst=${web.mac}`, `${old},priority=10`]) {
      await lab.ovs.ofctl("add-flow", "br0", `cookie=0x51ce000100000000,${flow},actions=${tag}`);
    }
    await expectTags(at, await sendBoth({ ...both, count: 20 }), tags);
  });
}

Deno.test("one MAC at two ports, each with a VLAN of its own, both to one Pod and back", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1");
  const neighbours = [await neighbour(lab, "up1", "10"), await neighbour(lab, "up2", "20")];
  const at = lab.at(web);
  const atNeighbours = ["up1-x", "up2-x"].map((name) => lab.atDevice(name));
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
  await redirect(lab, ["web"]);
  const sent = await Promise.all(
    neighbours.map((from, index) =>
      send({ from, to: web, count: COUNT / 2, rate: RATE / 2, frame: { vlan: vlanOf(index) } })
    ),
  );
  await expectTags(at, sent, ["10", "20"]);
  const back = await sendBoth({ from: web, to: neighbours[0]!, count: 20 });
  await expectTags(atNeighbours[0]!, back, ["10", NOWHERE]);
  await expectTags(atNeighbours[1]!, back, [NOWHERE, "20"]);
});

/** The labels of two Pods in different VLANs, and the tags that their sensors get broadcast of both VLANs with. */
const PAIRS = [
  ["one pair", ["web", "web"], [["10", "20"]]],
  ["a pair each", ["web", "db"], [["-", NOWHERE], [NOWHERE, "-"]]],
] as const;

for (const [what, labels, seen] of PAIRS) {
  Deno.test(`broadcast of two VLANs from one neighbour, to Pods with ${what}`, async () => {
    await using lab = await Lab.start(0);
    const pods = [await lab.addPod("p1", { vlan: 10 }), await lab.addPod("p2", { vlan: 20 })];
    const router = await neighbour(lab, "uplink", "10,20");
    const at = pods.map((pod) => lab.at(pod));
    const names = [...new Set(labels)].sort();
    await lab.agent.write("pods.yaml", ...pods.map((p, i) => podObject(p, { app: labels[i]! })));
    await redirect(lab, names);
    const sensors = [...new Set(labels)].map((name) => lab.atDevice(`${name}-in-x`));
    const sent = await sendBoth({ from: router, to: BROADCAST });
    await expectTags(at[0]!, sent, ["-", NOWHERE]);
    await expectTags(at[1]!, sent, [NOWHERE, "-"]);
    for (const [index, sensor] of sensors.entries()) await expectTags(sensor, sent, seen[index]!);
  });
}

Deno.test("from a redirected Pod with a trunk to one in a VLAN: each sensor gets the tag that its Pod has", async () => {
  await using lab = await Lab.start(0);
  const [web, db] = [await lab.addPod("p1"), await lab.addPod("p2", { vlan: 10 })];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(db, { app: "db" }));
  const [atDb, atWeb] = [lab.at(db), lab.at(web)];
  await redirect(lab, ["db", "web"]);
  const [ofWeb, ofDb] = ["web-in-x", "db-in-x"].map((name) => lab.atDevice(name));
  const there = [await send({ from: web, to: db, frame: { vlan: 10 } })];
  await expectTags(atDb, there, ["-"]);
  await expectTags(ofWeb!, there, ["10"]);
  await expectTags(ofDb!, there, ["-"]);
  const back = [await send({ from: db, to: web })];
  await expectTags(atWeb, back, ["10"]);
});

Deno.test("from a Pod with a trunk whose MAC is not known to a redirected one in a VLAN", async () => {
  await using lab = await Lab.start(0);
  const [trunk, db] = [await lab.addPod("p1"), await lab.addPod("p2", { vlan: 10 })];
  const unknown = { annotations: { "sluice.dev/mac": undefined! } };
  await lab.agent.write("pods.yaml", podObject(trunk, {}, unknown), podObject(db, { app: "db" }));
  await redirect(lab, ["db"]);
  const [atDb, sensor] = [lab.at(db), lab.atDevice("db-in-x")];
  await send({ from: db, to: trunk, count: 1 });
  const sent = await sendBoth({ from: trunk, to: db, count: 20 });
  await expectTags(atDb, sent, ["-", NOWHERE]);
  await expectTags(sensor, sent, ["-", "20"]);
});
