/** Copies of ARP and IPv6 neighbour discovery, on real packets. Each packet that is sent arrives as without Sluice. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { PacketSocket } from "../lab/packets.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, expectFlow } from "../lab/traffic.ts";
import { arp, discovery, type Kind, tagged } from "./neighbours.ts";
import { newIDs } from "./world.ts";

const COUNT = 5;
/** What asks for a neighbour, or answers, and how often the mirror gets it. */
type Exchange = readonly [Kind, from: TestPod, to: TestPod, copies: number];

const mirror = (name: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    nonIP: true,
    ...more,
  });
const redirect = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("in0"),
  returnPort: internal("out0"),
});

async function started(labels: readonly string[]) {
  const lab = await Lab.start(3);
  const pods = lab.pods as [TestPod, TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    ...pods.map((pod, index) => podObject(pod, { app: labels[index] ?? "none" })),
  );
  return { lab, pods };
}

async function apply({ agent }: Lab, ...controls: readonly object[]): Promise<void> {
  await agent.write("tc.yaml", ...controls);
  await agent.settled(
    "the mirrors",
    ({ trafficControls }) =>
      trafficControls.length === controls.length &&
      trafficControls.every(({ realized }) => realized),
  );
}

/** Sends each packet of ARP and of neighbour discovery, and counts it at all Pods and, all together, at the mirrors. */
async function expectCopies(
  { lab, pods }: { readonly lab: Lab; readonly pods: readonly TestPod[] },
  taps: readonly Counter[],
  exchanges: readonly Exchange[],
): Promise<void> {
  const places = new Map(pods.map((pod) => [pod, lab.at(pod)]));
  for (const build of [arp, discovery]) {
    for (const [kind, from, to, copies] of exchanges) {
      const ids = newIDs(COUNT);
      using socket = PacketSocket.open(from);
      for (const id of ids) socket.send(build(kind, from, to, id));
      const receives = (pod: TestPod) => pod !== from && (kind === "request" || pod === to);
      await expectCounts(ids, [...places].map(([pod, at]) => [at, receives(pod) ? 1 : 0]));
      for (const tap of taps) tap.look();
      const seen = ids.map((id) => taps.reduce((sum, tap) => sum + tap.count(id), 0));
      assert.deepEqual(
        seen,
        ids.map(() => copies),
        `${build.name} ${kind}: ${from.name} ${to.name}`,
      );
    }
  }
}

Deno.test("ARP and neighbour discovery are copied for a mirror with nonIP, and for no other", async (t) => {
  const { lab, pods } = await started(["web"]);
  await using _lab = lab;
  const [web, peer, third] = pods;
  const cases: readonly (readonly [string, object, out: number, into: number])[] = [
    ["nonIP", {}, 1, 1],
    ["Egress", { direction: "Egress" }, 1, 0],
    ["Ingress", { direction: "Ingress" }, 0, 1],
    ["without nonIP", { nonIP: undefined }, 0, 0],
    ["nonIP: false", { nonIP: false }, 0, 0],
  ];
  for (const [name, more, out, into] of cases) {
    await t.step(name, async () => {
      await apply(lab, mirror("m", more));
      const tap = lab.atDevice("tap0");
      await expectCopies({ lab, pods }, [tap], [
        ["request", web, peer, out],
        ["reply", peer, web, into],
        ["request", peer, web, into],
        ["reply", web, peer, out],
        ["request", web, web, out], // it asks whether somebody else has its address
        ["request", peer, third, 0],
        ["reply", third, peer, 0],
      ]);
      if (name === "nonIP") await expectFlow({ from: web, to: peer }, [[lab.atDevice("tap0"), 1]]);
    });
  }
});

Deno.test("each mirror gets one copy, whoever asks for it, also if it has several ports", async (t) => {
  const { lab, pods } = await started(["web", "web"]);
  await using _lab = lab;
  const [web, other, peer] = pods;
  const exchanges: readonly Exchange[] = [
    ["request", web, other, 1],
    ["reply", other, web, 1],
    ["request", peer, other, 1],
    ["reply", other, peer, 1],
  ];
  await t.step("two Pods, and a mirror without nonIP beside it", async () => {
    await apply(lab, mirror("a"), mirror("b", { nonIP: undefined }));
    const tap = lab.atDevice("tap0");
    await expectCopies({ lab, pods }, [tap], exchanges);
    await expectFlow({ from: web, to: other }, [[lab.atDevice("tap0"), 1]]);
  });
  await t.step("several ports", async () => {
    await apply(
      lab,
      mirror("a", { additionalPorts: [{ name: "b", targetPort: internal("tap1") }] }),
    );
    const taps = [lab.atDevice("tap0"), lab.atDevice("tap1")];
    await expectCopies({ lab, pods }, taps, exchanges);
  });
});

Deno.test("beside a redirect, ARP and neighbour discovery pass as before, also with a foreign MAC", async () => {
  const { lab, pods } = await started(["web"]);
  await using _lab = lab;
  const [web, peer] = pods;
  await apply(lab, mirror("m"), redirect);
  const [tap, atPeer] = [lab.atDevice("tap0"), lab.at(peer)];
  await expectCopies({ lab, pods }, [tap], [["request", web, peer, 1], ["reply", peer, web, 1]]);
  const ids = newIDs(COUNT);
  using socket = PacketSocket.open(web);
  const guest = { mac: "02:bb:00:00:00:01", ip: (version: 4 | 6) => web.ip(version) };
  for (const id of ids) socket.send(arp("request", guest, peer, id));
  await expectCounts(ids, [[atPeer, 1], [tap, 1]]);
});

Deno.test("what an access port's Pod receives is copied without the tag, as the Pod gets it", async () => {
  await using lab = await Lab.start(0);
  const web = await lab.addPod("p1", { vlan: 10 });
  const uplink = await lab.addPod("p2"); // a trunk: what it sends carries the tag
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }));
  await apply(lab, mirror("m"));
  const [tap, atWeb] = [lab.atDevice("tap0"), lab.at(web)];
  for (const build of [arp, discovery]) {
    for (const kind of ["request", "reply"] as const) {
      const ids = newIDs(COUNT);
      using socket = PacketSocket.open(uplink);
      for (const id of ids) socket.send(tagged(build(kind, uplink, web, id), 10));
      await expectCounts(ids, [[atWeb, 1], [tap, 1]]);
    }
  }
  const ofTest = ({ frames }: Counter) => frames.map((bytes) => bytes.toHex());
  assert.deepEqual(ofTest(tap), ofTest(atWeb));
});
