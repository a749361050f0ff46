/** A mirror with several collectors: one copy of each packet, and both directions of a connection at one collector. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { type Counter, expectCounts, send } from "../lab/traffic.ts";
import { connection, placesOf, reversed } from "./connections.ts";
import { device } from "./scene.ts";

const COLLECTORS = ["ids0", "ids1", "ids2"];
/** By TCP, UDP and ICMP, over IPv4 and IPv6. */
const CONNECTIONS = 1000;
const BROADCAST = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };

Deno.test("each packet is copied to one of three collectors, a connection to the same one both ways", async (t) => {
  await using lab = await Lab.start(3);
  const [web, peer, other] = lab.pods as [TestPod, TestPod, TestPod];
  for (const name of COLLECTORS) {
    await ipIn(lab.ovs.netns, "link", "add", name, "type", "veth", "peer", "name", `${name}-x`);
    for (const end of [name, `${name}-x`]) await ipIn(lab.ovs.netns, "link", "set", end, "up");
  }
  const pods = [
    podObject(web, { app: "web" }),
    podObject(peer, { app: "web" }),
    podObject(other, {}),
  ];
  await lab.agent.write("pods.yaml", ...pods);
  await lab.agent.write(
    "tc.yaml",
    trafficControl("ids", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: device("ids0"),
      additionalPorts: ["ids1", "ids2"].map((name) => ({ name, targetPort: device(name) })),
    }),
  );
  await lab.agent.realized("ids");
  const counters = COLLECTORS.map((name) => lab.atDevice(`${name}-x`));
  const connections = (isBack: boolean, pace: Counter) => ({
    count: CONNECTIONS,
    pace,
    each: (index: number) => isBack ? reversed(connection(index)) : connection(index),
  });
  // Both ends are selected, and both have the same mirror: one copy all the same.
  for (const [what, from, to] of [["both ends", web, peer], ["one end", web, other]] as const) {
    await t.step(`${what} are selected`, async () => {
      const [atTo, atFrom] = [lab.at(to), lab.at(from)];
      const there = await send({ from, to, ...connections(false, atTo) });
      await expectCounts(there, [[atTo, 1]]);
      const back = await send({ from: to, to: from, ...connections(true, atFrom) });
      await expectCounts(back, [[atFrom, 1]]);
      const found = placesOf(there, counters);
      assert.deepEqual(placesOf(back, counters), found);
      assert.equal(new Set(found).size, COLLECTORS.length, "each collector has some");
    });
  }
  await t.step("broadcast is copied once", async () => {
    const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
    const ids = await send({ from: other, to: BROADCAST });
    await expectCounts(ids, [[atWeb, 1], [atPeer, 1]]);
    placesOf(ids, counters);
  });
});
