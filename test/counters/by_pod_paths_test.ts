/** With `counters: PerPod`, a packet is counted for its Pod by whichever tables it passes. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { expectCounts, expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { arp, discovery } from "../policy/neighbours.ts";
import { newIDs } from "../policy/world.ts";
import { cameTo, countedByPod, type Counts, expectByPod, mirror, redirect } from "./by_pod.ts";

/** The most packets that kernels send by themselves. */
const FEW = 5;
const WEB = { app: "web" };
/** Milliseconds within which a count must be exact. */
const EXACT_WITHIN = 1500;
const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };

async function started(): Promise<{ lab: Lab; pods: [TestPod, TestPod, TestPod] }> {
  const lab = await Lab.start(3);
  const pods = lab.pods as [TestPod, TestPod, TestPod];
  const [p1, p2, p3] = pods;
  await lab.agent.write("pods.yaml", podObject(p1, WEB), podObject(p2, WEB), podObject(p3, {}));
  return { lab, pods };
}

const packetsOf = ({ egress, ingress }: Counts) => [egress.packets, ingress.packets];

/** Waits until so many packets are counted, or a few more: kernels send some. */
async function expectPackets(
  lab: Lab,
  [name, what]: readonly [name: string, what: "copied" | "redirected"],
  wanted: Readonly<Record<string, readonly [egress: number, ingress: number]>>,
): Promise<void> {
  const read = async () => {
    const counted = Object.entries(await countedByPod(lab, name, what));
    return Object.fromEntries(counted.map(([pod, counts]) => [pod, packetsOf(counts)]));
  };
  await eventually("the counts", async () => {
    const counted = await read();
    return Object.entries(wanted).every(([pod, all]) =>
      all.every((count, at) => counted[pod]![at]! >= count && counted[pod]![at]! <= count + FEW)
    );
  }, EXACT_WITHIN).catch(async () => assert.deepEqual(await read(), wanted));
}

Deno.test("with rules, a cut and a cap, each Pod counts the copies that were made", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const udp = { rules: [{ action: "Include", protocol: "UDP" }], truncateBytes: 64 };
  const capped = { rateLimit: { packetsPerSecond: 100_000, burst: 100_000 } };
  await lab.agent.write("m.yaml", mirror("cut", "tap-c", udp), mirror("capped", "tap-r", capped));
  await lab.agent.realized("capped", "cut");
  const [cut, all] = [lab.atDevice("tap-c"), lab.atDevice("tap-r")];
  await expectFlow({ from: p3, to: p1, count: 14 }, [[all, 1]]);
  await expectFlow({ from: p2, to: p3, count: 15, version: 6 }, [[all, 1]]);
  await expectFlow({ from: p1, to: p2, count: 16 }, [[all, 1]]);
  cut.look();
  await expectByPod(lab, ["capped", "copied"], () => cameTo(all, { p1, p2 }));
  const packets = async () =>
    Object.values(await countedByPod(lab, "cut", "copied")).map(packetsOf);
  const cutPackets = () => Object.values(cameTo(cut, { p1, p2 })).map(packetsOf);
  await eventually(
    "the counts",
    async () => JSON.stringify(await packets()) === JSON.stringify(cutPackets()),
    EXACT_WITHIN,
  );
  assert.ok(cutPackets().flat().every((count, at) => count >= [16, 14, 15, 0][at]!));
});

Deno.test("among several sensors, each Pod counts what went into any of them", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const entry = {
    name: "b",
    targetPort: { ovsInternal: { name: "tap2" } },
    returnPort: { ovsInternal: { name: "tap3" } },
  };
  await lab.agent.write("r.yaml", redirect("r", { additionalPorts: [entry] }));
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await bridgeWire(lab.ovs, ["tap2", "tap3"]);
  const [at2, at3] = [lab.at(p2), lab.at(p3)];
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p1, to: p3, version }, [[at3, 1]]);
    await expectFlow({ from: p3, to: p2, version, count: 13 }, [[at2, 1]]);
  }
  await expectPackets(lab, ["r", "redirected"], { "default/p1": [40, 0], "default/p2": [0, 26] });
});

Deno.test("broadcast counts for the Pod that sent it, and for no Pod that receives it", async () => {
  const { lab, pods: [p1, , p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("m.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: p1, to: EVERYBODY, count: 20 }, [[copies, 1]]);
  await expectFlow({ from: p3, to: EVERYBODY, count: 30 }, [[copies, 1]]);
  await eventually("the count of the TrafficControl", async () => {
    const { trafficControls: [m] } = await lab.agent.state();
    return m!.copied!.ingress!.packets >= 30;
  }, EXACT_WITHIN);
  await expectPackets(lab, ["m", "copied"], { "default/p1": [20, 0], "default/p2": [0, 0] });
});

Deno.test("the option comes and goes, and the TrafficControl counts on", async () => {
  const { lab, pods: [p1, , p3] } = await started();
  await using _lab = lab;
  const { agent, ovs } = lab;
  const perTC = { counters: "PerTC" };
  await agent.write("m.yaml", mirror("m", "tap-m", perTC));
  await agent.realized("m");
  const copies = lab.atDevice("tap-m");
  const sent = async () => {
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p3 }, [[copies, 1]]);
  };
  const total = async () => (await agent.state()).trafficControls[0]!.copied!.egress!.packets;
  await sent();
  assert.equal((await agent.state()).trafficControls[0]!.byPod, undefined);
  await agent.write("m.yaml", mirror("m", "tap-m"));
  await agent.settled("by Pod", ({ trafficControls: [m] }) => m?.byPod?.length === 2);
  await sent();
  await expectPackets(lab, ["m", "copied"], { "default/p1": [20, 0], "default/p2": [0, 0] });
  await eventually("the sum", async () => await total() >= 40, EXACT_WITHIN);
  await agent.write("m.yaml", mirror("m", "tap-m", perTC));
  await agent.settled("no more", ({ trafficControls: [m] }) => m?.byPod === undefined);
  await sent();
  await eventually("the sum", async () => await total() >= 60, EXACT_WITHIN);
  assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /table=214,|reg2=/);
});

/** Sends to the address with the tag of the VLAN, as an uplink does. */
const tagged = (vlan: number) => ({ frame: { vlan } });

Deno.test("Pods with one IP in two VLANs are counted each for itself, also what comes with a tag", async () => {
  const lab = await Lab.start(0);
  await using _lab = lab;
  const ips = ["10.9.0.77/24", "fd09::77/64"];
  const p1 = await lab.addPod("p1", { vlan: 10, ips });
  const p2 = await lab.addPod("p2", { vlan: 20, ips });
  const [p3, p4] = [await lab.addPod("p3", { vlan: 10 }), await lab.addPod("p4")];
  await introduce(p1, p3);
  await p1.ping(p3.ip(), 1);
  const byIP = { annotations: { "sluice.dev/match": "ip" } };
  await lab.agent.write("pods.yaml", podObject(p1, WEB, byIP), podObject(p2, WEB, byIP));
  await lab.agent.write("m.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: p3, to: p1, count: 12 }, [[copies, 1]]);
  await expectFlow({ from: p4, to: p1, count: 13, ...tagged(10) }, [[copies, 1]]);
  await expectFlow({ from: p4, to: p2, count: 33, ...tagged(20) }, [[copies, 1]]);
  await expectFlow({ from: p1, to: p3, count: 14 }, [[copies, 1]]);
  await expectPackets(lab, ["m", "copied"], { "default/p1": [14, 25], "default/p2": [0, 33] });
});

Deno.test("ARP and neighbour discovery count for the Pod that asks, and for the Pod that is asked", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("m.yaml", mirror("m", "tap-m", { nonIP: true }));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  for (const build of [arp, discovery]) {
    for (
      const [kind, from, to, count] of [
        ["request", p1, p3, 10],
        ["request", p3, p2, 20],
        ["reply", p3, p1, 15],
      ] as const
    ) {
      const ids = newIDs(count);
      using socket = PacketSocket.open(from);
      for (const id of ids) socket.send(build(kind, from, to, id));
      await expectCounts(ids, [[copies, 1]]);
    }
  }
  // The kernels of those that are asked answer: each answer is a copy, too.
  await eventually("the counts", async () => {
    const { "default/p1": asks, "default/p2": isAsked } = await countedByPod(lab, "m", "copied");
    copies.look();
    const all = [asks!, isAsked!].flatMap(packetsOf);
    const sum = all.reduce((sum, count) => sum + count, 0);
    return all.every((count, at) => count >= [20, 30, 0, 40][at]!) &&
      asks!.egress.packets <= 20 + FEW && isAsked!.ingress.packets <= 40 + FEW &&
      sum <= copies.frames.length + copies.strays.length;
  }, EXACT_WITHIN);
});
