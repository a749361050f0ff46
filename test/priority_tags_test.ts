/** Broadcast with the tag of VLAN 0, which only says a priority: it is of the VLAN of the port where it comes in. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import type { PodOptions, TestPod } from "./lab/pod.ts";
import { type Counter, expectFlow, type Flow } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";
import { devicePair } from "./lab/wire.ts";

const BROADCAST = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255"] };
const PRIORITY = { vlan: 0 };

async function tagsAt(at: Counter): Promise<string> {
  const rows = await tshark(at.frames, ["vlan.id"]);
  return [...new Set(rows.map(([tag]) => tag || "-"))].join();
}

const SENDERS: readonly (readonly [string, PodOptions])[] = [
  ["access", { vlan: 10 }],
  ["native-untagged", { vlan: 10, vlanMode: "native-untagged" }],
];

for (const [mode, options] of SENDERS) {
  Deno.test(`broadcast with the tag of VLAN 0 from a port of mode ${mode} comes to redirected Pods`, async () => {
    await using lab = await Lab.start(0);
    const [trunk, access] = [await lab.addPod("p1"), await lab.addPod("p2", { vlan: 10 })];
    const from = await lab.addPod("p3", options);
    const [atTrunk, atAccess] = [lab.at(trunk), lab.at(access)];
    const web = { app: "web" };
    await lab.agent.write("pods.yaml", podObject(trunk, web), podObject(access, web));
    await devicePair(lab.ovs, ["vin", "vout"]);
    const flow: Flow = { from, to: BROADCAST, frame: PRIORITY };
    const arrives = async () => {
      for (const at of [atTrunk, atAccess]) at.reset();
      await expectFlow(flow, [[atTrunk, 1], [atAccess, 1]]);
      assert.deepEqual([await tagsAt(atTrunk), await tagsAt(atAccess)], ["10", "-"]);
    };
    await arrives();
    const redirect = {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: { device: { name: "vin" } },
      returnPort: { device: { name: "vout" } },
    };
    await lab.agent.write("tc.yaml", trafficControl("ips", redirect));
    await lab.agent.realized("ips");
    await arrives();
  });
}

const mirror = (name: string, label: string, more: object) =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    ...more,
  });
const UDP_ALONE = { rules: [{ action: "Include", protocol: "UDP" }] };

Deno.test.each([
  ["the sender's copy is the best", UDP_ALONE, { truncateBytes: 64 }],
  ["a receiver's copy is the best", { truncateBytes: 64 }, UDP_ALONE],
])("broadcast with the tag of VLAN 0 is copied as it was sent: %s", async (_, sender, receiver) => {
  await using lab = await Lab.start(0);
  const pods = [await lab.addPod("p1", { vlan: 10 }), await lab.addPod("p2", { vlan: 10 })];
  const [from, to] = pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(from, { app: "a" }), podObject(to, { app: "b" }));
  await lab.agent.write("tc.yaml", mirror("a", "a", sender), mirror("b", "b", receiver));
  await lab.agent.realized("a", "b");
  const [atTo, copies] = [lab.at(to), lab.atDevice("tap0")];
  await expectFlow({ from, to: BROADCAST, frame: PRIORITY }, [[atTo, 1], [copies, 1]]);
  assert.deepEqual([await tagsAt(atTo), await tagsAt(copies)], ["-", "0"]);
});
