/** Broadcast and multicast that selected Pods receive: each mirror gets one copy, as an OVSDB mirror would. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import type { TestPod } from "./lab/pod.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";

const mirror = (name: string, target: string, direction = "Both", selected = "web") =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction,
    action: "Mirror",
    targetPort: internal(target),
  });

/** Receivers of packets that a bridge floods. */
const EVERYBODY = [
  ["a directed broadcast", "ff:ff:ff:ff:ff:ff", "10.9.0.255"],
  ["a limited broadcast", "ff:ff:ff:ff:ff:ff", "255.255.255.255"],
  ["mDNS", "01:00:5e:00:00:fb", "224.0.0.251"],
  ["an IPv4 multicast", "01:00:5e:01:02:03", "239.1.2.3"],
  ["mDNS over IPv6", "33:33:00:00:00:fb", "ff02::fb"],
  ["an IPv6 multicast", "33:33:00:00:01:02", "ff15::102"],
] as const;
const to = (mac: string, ip: string) => ({ mac, ips: [ip] });
const version = (ip: string) => ip.includes(":") ? 6 as const : 4 as const;

type Four = [TestPod, TestPod, TestPod, TestPod];

Deno.test("a mirror gets one copy of each broadcast and multicast that a selected Pod receives", async (t) => {
  await using lab = await Lab.start(3);
  const [p1, p2, p3] = lab.pods as Four;
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  for (
    const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
  ) {
    await lab.agent.write("tc.yaml", mirror("m", "ids0", direction));
    await lab.agent.settled(
      direction,
      ({ trafficControls: [tc] }) => tc?.direction === direction && tc.realized,
    );
    const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
    const ids = lab.atDevice("ids0");
    for (const [what, mac, ip] of EVERYBODY) {
      await t.step(`${direction}, ${what}`, async () => {
        const all = { to: to(mac, ip), version: version(ip), count: 5 };
        await expectFlow({ from: p2, ...all }, [[at1, 1], [at3, 1], [at2, 0], [ids, into]]);
        await expectFlow({ from: p1, ...all }, [[at2, 1], [at3, 1], [at1, 0], [ids, out]]);
      });
    }
  }
});

Deno.test("several selected Pods with shared and own mirrors: one copy for each mirror", async () => {
  await using lab = await Lab.start(4);
  const [p1, p2, p3, p4] = lab.pods as Four;
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web", tier: "a" }),
    podObject(p2, { app: "web" }),
    podObject(p3, { app: "db" }),
    podObject(p4, {}),
  );
  await lab.agent.write(
    "tc.yaml",
    mirror("all", "ids0"),
    mirror("db", "ids1", "Ingress", "db"),
    mirror("dbs", "ids0", "Ingress", "db"),
    trafficControl("own", {
      appliedTo: { podSelector: { matchLabels: { tier: "a" } } },
      direction: "Ingress",
      action: "Mirror",
      targetPort: internal("ids2"),
    }),
  );
  await lab.agent.realized("all", "db", "dbs", "own");
  const at = [p1, p2, p3, p4].map((pod) => lab.at(pod)) as [Counter, Counter, Counter, Counter];
  const ids = ["ids0", "ids1", "ids2"].map((name) => lab.atDevice(name));
  /** By sender: how often each of the three mirrors gets a packet. */
  const copies = [[1, 1, 0], [1, 1, 1], [1, 0, 1], [1, 1, 1]];
  for (const [index, from] of [p1, p2, p3, p4].entries()) {
    for (const [, mac, ip] of EVERYBODY) {
      const flow = { from, to: to(mac, ip), version: version(ip), count: 5 };
      await expectFlow(flow, [
        ...at.map((counter, other) => [counter, index === other ? 0 : 1] as const),
        ...ids.map((counter, target) => [counter, copies[index]![target]!] as const),
      ]);
    }
  }
});

Deno.test("VLANs: a mirror gets the broadcasts of the VLANs that its Pods receive, without the tag that they do not get", async () => {
  await using lab = await Lab.start(0);
  const a10 = await lab.addPod("p1", { vlan: 10 });
  const b10 = await lab.addPod("p2", { vlan: 10 });
  const a20 = await lab.addPod("p3", { vlan: 20 });
  const trunk = await lab.addPod("p4");
  await lab.agent.write(
    "pods.yaml",
    podObject(a10, { app: "web" }),
    podObject(a20, { app: "db" }),
    podObject(trunk, { app: "trunk" }),
  );
  await lab.agent.write(
    "tc.yaml",
    mirror("m", "ids0"),
    mirror("o", "ids1", "Ingress", "db"),
    mirror("t", "ids2", "Ingress", "trunk"),
  );
  await lab.agent.realized("m", "o", "t");
  const [at1, at2, at3, at4] = [lab.at(a10), lab.at(b10), lab.at(a20), lab.at(trunk)];
  const [ids0, ids1, ids2] = ["ids0", "ids1", "ids2"].map((name) => lab.atDevice(name)) as [
    Counter,
    Counter,
    Counter,
  ];
  const all = { to: to("ff:ff:ff:ff:ff:ff", "255.255.255.255"), count: 5 };
  const seen = (...counts: number[]) =>
    [at1, at2, at3, at4, ids0, ids1, ids2].map((each, index) => [each, counts[index]!] as const);
  await expectFlow({ from: b10, ...all }, seen(1, 0, 0, 1, 1, 0, 1));
  await expectFlow({ from: a10, ...all }, seen(0, 1, 0, 1, 1, 0, 1));
  await expectFlow({ from: a20, ...all }, seen(0, 0, 0, 1, 0, 0, 1));
  await expectFlow({ from: trunk, ...all }, seen(0, 0, 0, 0, 0, 0, 0));
  for (const counter of [ids0, ids1]) counter.reset();
  await expectFlow({ from: trunk, ...all, frame: { vlan: 10 } }, seen(1, 1, 0, 0, 1, 0, 0));
  await expectFlow({ from: trunk, ...all, frame: { vlan: 20 } }, seen(0, 0, 1, 0, 0, 1, 0));
  await expectFlow({ from: trunk, ...all, frame: { vlan: 30 } }, seen(0, 0, 0, 0, 0, 0, 0));
  for (const counter of [ids0, ids1]) {
    assert.deepEqual([...new Set((await tshark(counter.frames, ["vlan.id"])).flat())], [""]);
  }
});
