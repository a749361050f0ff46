import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "./agent.ts";
import { Lab, macTable, ofport } from "./lab.ts";
import { eventually } from "./ovs.ts";
import { PacketSocket } from "./packets.ts";
import type { TestPod } from "./pod.ts";
import { ipIn } from "./run.ts";
import { expectFlow, send } from "./traffic.ts";
import { bridgeWire } from "./wire.ts";

const internal = (name: string) => ({ ovsInternal: { name } });
const redirect = (selected: string, target = "tap0", returned = "tap1") =>
  trafficControl(`r-${selected}`, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });
const mirror = (selected: string) =>
  trafficControl(`m-${selected}`, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  });

async function start(pods: number) {
  const lab = await Lab.start(pods);
  const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "in" }),
    podObject(p2, { app: "seen" }),
    ...(p3 ? [podObject(p3, {})] : []),
  );
  await lab.agent.write("tc.yaml", redirect("in"), mirror("seen"));
  await lab.agent.realized("m-seen", "r-in");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  return { lab, p1, p2, p3 };
}

Deno.test("spoofed sources: a redirected Pod does not get round, a mirrored one stays mirrored, a pair launders none", async () => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const nobody = { from: "02:99:00:00:00:01" };
  // From the redirected Pod: not through, and not past the pair.
  await expectFlow({ from: p1, to: p3, frame: nobody }, [[at3, 0], [sensor, 0], [at2, 0]]);
  await expectFlow({ from: p1, to: p3, frame: { from: p3.mac } }, [[at3, 0], [sensor, 0]]);
  // From the mirrored Pod: seen all the same.
  await expectFlow({ from: p2, to: p3, frame: nobody }, [[at3, 1], [ids, 1]]);
  // To the redirected Pod with another Pod's MAC: a pair would give it back by that Pod's own port.
  await expectFlow({ from: p2, to: p1, frame: { from: p3.mac } }, [[at1, 0], [sensor, 0]]);
  await p3.ping(p2.ip(4), 1);
  assert.equal((await macTable(lab.ovs)).get(p3.mac), await ofport(lab.ovs, p3.name));
  await expectFlow({ from: p3, to: p1 }, [[at1, 1], [sensor, 1]]);
});

Deno.test("thousands of source MACs fill no table of ours", async () => {
  const { lab, p1, p2 } = await start(2);
  await using _ = lab;
  for (let index = 0; index < 300; index++) {
    const from = `02:98:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${
      (index & 255).toString(16).padStart(2, "0")
    }`;
    await send({ from: p2, to: p1, count: 1, frame: { from } });
  }
  const dump = await lab.ovs.ofctl("dump-flows", "br0");
  assert.equal(dump.match(/table=200,.*n_packets=300,/g)?.length, 1, "all have been seen");
  assert.deepEqual(dump.match(/^ cookie=0x51ce0001.*dl_src=02:98.*/gm), null, "and none learned");
});

Deno.test("ARP and IPv6 neighbour discovery are never diverted: neighbours are found behind a pair that is cut", async () => {
  const { lab, p1, p2 } = await start(2);
  await using _ = lab;
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "down");
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 0]]); // nothing gets round the pair
  for (const pod of [p1, p2]) await ipIn(pod.netns, "neigh", "flush", "all", "nud", "permanent");
  await Promise.all([p1.ping(p2.ip(4), 1), p1.ping(p2.ip(6), 1)]);
  const known = await ipIn(p1.netns, "neigh", "show");
  assert.ok(known.includes(`${p2.ip(4)} dev eth0 lladdr ${p2.mac}`), known);
  assert.ok(known.includes(`${p2.ip(6)} dev eth0 lladdr ${p2.mac}`), known);
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "up");
  await eventually("the pair again", async () => (await p1.ping(p2.ip(4), 1)).received === 1);
});

Deno.test("what a sensor sends of its own: into the target port nowhere, non-IP out of the return port nowhere", async () => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "down");
  const everybody = { mac: "ff:ff:ff:ff:ff:ff", ips: p1.ips };
  const places = [lab.at(p1), lab.at(p2), lab.at(p3)].map((counter) => [counter, 0] as const);
  const target = {
    netns: lab.ovs.netns,
    device: "tap0",
    mac: "02:97:00:00:00:01",
    ips: ["10.9.0.77/24"],
  };
  await expectFlow({ from: target, to: p2 }, places);
  await expectFlow({ from: target, to: everybody }, places);
  const arp = new Uint8Array(64);
  arp.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0x97, 0, 0, 0, 2, 0x88, 0xb5, 0x51]);
  using seen = PacketSocket.open({ netns: p2.netns, device: "eth0" });
  using out = PacketSocket.open({ netns: lab.ovs.netns, device: "tap1" });
  for (let count = 0; count < 20; count++) out.send(arp);
  await expectFlow({ from: p3, to: p2, count: 1 }, [[lab.at(p2), 1]]); // behind them in the same switch
  assert.deepEqual(seen.drain().filter((frame) => frame[12] === 0x88 && frame[13] === 0xb5), []);
  // A source that nobody has sent from: there is no port to give it back to.
  await expectFlow({ from: { ...target, device: "tap1" }, to: p2 }, places);
});
