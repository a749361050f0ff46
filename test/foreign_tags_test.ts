/** Frames with a VLAN tag that their port does not carry, to a redirected Pod: NORMAL drops them, and so does Sluice. */
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import { introduce, type TestPod } from "./lab/pod.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { bridgeWire, devicePair } from "./lab/wire.ts";

const REDIRECT = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
const BROADCAST = { to: "ff:ff:ff:ff:ff:ff", destination: "255.255.255.255" };

/** Redirects the first of these Pods. @returns The counter of what the sensor gets. */
async function redirectFirst(lab: Lab, pods: readonly TestPod[]): Promise<Counter> {
  await introduce(...pods);
  for (const pod of pods) await pod.ping(pods.find((other) => other !== pod)!.ip(), 1); // NORMAL learns its place
  await lab.agent.write(
    "pods.yaml",
    ...pods.map((pod, index) => podObject(pod, index === 0 ? { app: "web" } : {})),
  );
  await lab.agent.write("tc.yaml", REDIRECT);
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  return lab.atDevice("tap0");
}

Deno.test("tagged frames from an access port reach no redirected Pod and no sensor, and its other frames go on", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const neighbour = await lab.addPod("p2", { vlan: 10 });
  const stranger = await lab.addPod("p3", { vlan: 20 });
  const sensor = await redirectFirst(lab, [web, neighbour, stranger]);
  const [atWeb, atNeighbour] = [lab.at(web), lab.at(neighbour)];
  const nowhere = [[atWeb, 0], [sensor, 0]] as const;
  for (const version of [4, 6] as const) {
    const to = { to: web, version };
    await expectFlow({ from: neighbour, ...to }, [[atWeb, 1], [sensor, 1]]);
    for (const vlan of [10, 20]) {
      await expectFlow({ from: neighbour, ...to, frame: { vlan } }, nowhere);
      await expectFlow({ from: stranger, ...to, frame: { vlan } }, nowhere);
    }
    await expectFlow({ from: neighbour, ...to }, [[atWeb, 1], [sensor, 1]]);
    await expectFlow({ from: web, to: neighbour, version }, [[atNeighbour, 1], [sensor, 1]]);
    // A tag of VLAN 0 has a priority only: IEEE 802.1Q.
    await expectFlow({ from: neighbour, ...to, frame: { vlan: 0 } }, [[atWeb, 1], [sensor, 1]]);
    await expectFlow({ from: neighbour, ...to }, [[atWeb, 1], [sensor, 1]]);
  }
  await expectFlow(
    { from: neighbour, to: web, frame: { ...BROADCAST, vlan: 10 } },
    nowhere,
  );
  await expectFlow({ from: neighbour, to: web, frame: BROADCAST }, [[atWeb, 1], [sensor, 1]]);
});

Deno.test("a trunk reaches a redirected Pod with the tags that it carries only", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const peer = await lab.addPod("p2", { vlan: 10 });
  const trunk = await lab.addPod("p3");
  await lab.ovs.vsctl("set", "port", trunk.name, "trunks=10,12,13,14,15,16");
  const sensor = await redirectFirst(lab, [web, peer, trunk]);
  const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
  const carried = [[atWeb, 1], [sensor, 1]] as const;
  const not = [[atWeb, 0], [sensor, 0]] as const;
  const tagged = { from: trunk, to: web, frame: { vlan: 10 } };
  const broadcast = { from: trunk, to: web, frame: { ...BROADCAST, vlan: 10 } };
  await expectFlow(tagged, carried);
  await expectFlow(broadcast, [...carried, [atPeer, 1]]);
  await lab.ovs.vsctl("set", "port", trunk.name, "trunks=12,13,14,15,16");
  await eventually("rows for the trunk", async () => {
    const flows = await lab.ovs.ofctl("dump-flows", "br0", "table=200");
    return /priority=21/.test(flows) && !/priority=21[^\n]*vlan=10/.test(flows);
  });
  await lab.ovs.emptyCache();
  await expectFlow(tagged, not);
  await expectFlow(broadcast, [...not, [atPeer, 0]]);
});

Deno.test("a neighbour with a tag that becomes a Pod of the node: what was learned about it says nothing any more", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const guest = await lab.addPod("p2", { vlan: 10 });
  await devicePair(lab.ovs, ["up0", "up1"]);
  await lab.ovs.vsctl("add-port", "br0", "up0");
  await introduce(web, guest);
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
  await lab.agent.write("tc.yaml", REDIRECT);
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [atWeb, sensor] = [lab.at(web), lab.atDevice("tap0")];
  const seen = [[atWeb, 1], [sensor, 1]] as const;
  const { mac, ips } = guest;
  const before = { netns: lab.ovs.netns, device: "up1", mac, ips };
  await expectFlow({ from: before, to: web, frame: { vlan: 10 } }, seen);
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(guest, {}));
  await eventually(
    "rows for the Pod",
    async () => (await lab.ovs.ofctl("dump-flows", "br0", "table=200")).includes(`dl_src=${mac}`),
  );
  await lab.ovs.emptyCache();
  await expectFlow({ from: guest, to: web }, seen);
  await expectFlow({ from: web, to: guest }, [[lab.at(guest), 1], [sensor, 1]]);
});
