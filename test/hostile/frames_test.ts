/** Frames of odd kinds: what is diverted, what never is, and what goes by the owner's rules. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { start } from "./bench.ts";

/** RFC 4861 section 4: router and neighbour solicitation and advertisement, redirect. */
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137];
/** RFC 3810: the nearest to these that are IP like any other. */
const MULTICAST_LISTENER_REPORT = 143;

Deno.test("ARP and IPv6 neighbour discovery are never diverted: neighbours are found behind a pair that is cut", async () => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "down");
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 0]]); // nothing gets round the pair
  const [at1, at3] = [lab.at(p1), lab.at(p3)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  for (const icmpv6 of NEIGHBOUR_DISCOVERY) {
    const message = { version: 6, frame: { icmpv6 } } as const;
    await expectFlow({ from: p1, to: p3, ...message }, [[at3, 1], [sensor, 0]]);
    await expectFlow({ from: p3, to: p1, ...message }, [[at1, 1], [sensor, 0]]);
    await expectFlow({ from: p2, to: p1, ...message }, [[at1, 1], [sensor, 0], [ids, 0]]);
  }
  const other = { version: 6, frame: { icmpv6: MULTICAST_LISTENER_REPORT } } as const;
  await expectFlow({ from: p1, to: p3, ...other }, [[at3, 0], [sensor, 1]]);
  await expectFlow({ from: p3, to: p1, ...other }, [[at1, 0], [sensor, 1]]);
  for (const pod of [p1, p2]) await ipIn(pod.netns, "neigh", "flush", "all", "nud", "permanent");
  await Promise.all([p1.ping(p2.ip(4), 1), p1.ping(p2.ip(6), 1)]);
  const known = await ipIn(p1.netns, "neigh", "show");
  assert.ok(known.includes(`${p2.ip(4)} dev eth0 lladdr ${p2.mac}`), known);
  assert.ok(known.includes(`${p2.ip(6)} dev eth0 lladdr ${p2.mac}`), known);
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "up");
  await eventually("the pair again", async () => (await p1.ping(p2.ip(4), 1)).received === 1);
});

/** A sensor's own MAC. */
const STRANGER = [0x02, 0x97, 0, 0, 0, 2];
const isStrangers = (frame: Uint8Array) => STRANGER.every((byte, at) => frame[6 + at] === byte);
/** Broadcasts: an ARP request for p2 (RFC 826), and an Ethernet type that is for experiments (IEEE 802). */
const NOT_IP = [
  [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, ...STRANGER, 10, 9, 0, 77, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2],
  [0x88, 0xb5, 0x51],
].map((rest) => {
  const frame = new Uint8Array(64);
  frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...STRANGER, ...rest]);
  return frame;
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
  using out = PacketSocket.open({ netns: lab.ovs.netns, device: "tap1" });
  const pods = [p1, p2, p3].map((pod) => PacketSocket.open(pod));
  try {
    for (const frame of NOT_IP) for (let count = 0; count < 20; count++) out.send(frame);
    // Behind them in the same port: what comes home to p3 goes on to p2.
    await expectFlow({ from: { ...p3, netns: lab.ovs.netns, device: "tap1" }, to: p2, count: 1 }, [
      [lab.at(p2), 1],
    ]);
    const came = pods.map((pod) => pod.drain().filter(isStrangers).length);
    assert.deepEqual(came, [0, 0, 0], "frames at p1, p2 and p3");
  } finally {
    for (const pod of pods) pod.close();
  }
  // A source that nobody has sent from: there is no port to give it back to.
  await expectFlow({ from: { ...target, device: "tap1" }, to: p2 }, places);
});

Deno.test("a broadcast frame that carries unicast IP is inspected and mirrored like any other", async () => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const everybody = (ips: readonly string[]) => ({ mac: "ff:ff:ff:ff:ff:ff", ips });
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p3, to: everybody(p1.ips), version }, [[at1, 1], [sensor, 1]]);
    await expectFlow({ from: p3, to: everybody(p2.ips), version }, [[at2, 1], [ids, 1]]);
  }
});

const PINGS = 5;
/** Bytes in each ping: three fragments at an MTU of 1500. */
const LARGE = 4000;
const FRAGMENTS = 3;
/** What each of them is filled with, over and over. */
const PATTERN = "51ce5eed";

Deno.test("fragments go through a pair and into a mirror like whole packets", async () => {
  const { lab, p1, p2 } = await start(2);
  await using _ = lab;
  using sensor = PacketSocket.open({ netns: lab.ovs.netns, device: "tap0" });
  using ids = PacketSocket.open({ netns: lab.ovs.netns, device: "ids0" });
  const fragments = (socket: PacketSocket, version: 4 | 6) =>
    socket.drain().filter((frame) => isFragment(frame, version) && isFilled(frame)).length;
  for (const version of [4, 6] as const) {
    [sensor, ids].forEach((socket) => socket.drain());
    const answers = await p1.ping(p2.ip(version), PINGS, "-s", `${LARGE}`, "-p", PATTERN);
    assert.deepEqual(answers, { sent: PINGS, received: PINGS });
    const both = 2 * PINGS * FRAGMENTS; // requests and replies
    assert.deepEqual([fragments(sensor, version), fragments(ids, version)], [both, both]);
  }
});

/** RFC 791 section 3.1, RFC 8200 section 4.5. */
function isFragment(frame: Uint8Array, version: 4 | 6): boolean {
  const [ethertype, first] = [frame[12]! << 8 | frame[13]!, frame[14]!];
  if (version === 6) return ethertype === 0x86dd && frame[20] === 44;
  return ethertype === 0x0800 && first >> 4 === 4 && ((frame[20]! & 0x3f) << 8 | frame[21]!) !== 0;
}

/** By one of the pings of this test. */
const isFilled = (frame: Uint8Array) => frame.toHex().includes(PATTERN);

/** Between the MACs and the IP header: what docs/datapath.md calls out as not covered. */
const NOT_COVERED: readonly [string, readonly number[]][] = [
  ["QinQ", [0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x08, 0]],
  ["two 802.1Q tags", [0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x08, 0]],
  ["MPLS", [0x88, 0x47, 0, 1, 1, 64]],
  ["PPPoE", [0x88, 0x64, 0x11, 0, 0, 1, 0, 52, 0, 0x21]],
];

Deno.test("what is not covered goes by the owner's rules, once and unchanged, and no sensor sees it", async (t) => {
  const { lab, p1, p2, p3 } = await start(3);
  await using _ = lab;
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const unseen = [[lab.atDevice("tap0"), 0], [lab.atDevice("ids0"), 0]] as const;
  for (const [what, encapsulation] of NOT_COVERED) {
    await t.step(what, async () => {
      const frame = { encapsulation };
      await expectFlow({ from: p1, to: p3, frame }, [[at3, 1], ...unseen]);
      await expectFlow({ from: p3, to: p1, frame }, [[at1, 1], ...unseen]);
      await expectFlow({ from: p2, to: p3, frame }, [[at3, 1], ...unseen]);
      await expectFlow({ from: p3, to: p2, frame }, [[at2, 1], ...unseen]);
    });
  }
});
