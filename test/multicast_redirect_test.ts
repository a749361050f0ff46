/** Broadcast and multicast to redirected Pods go through their sensors, and to all others as always. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab, macTable, ofport } from "./lab/lab.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn } from "./lab/run.ts";
import { type Counter, expectFlow } from "./lab/traffic.ts";
import { tshark } from "./lab/tshark.ts";
import { bridgeWire } from "./lab/wire.ts";

type Five = [TestPod, TestPod, TestPod, TestPod, TestPod];
const PAIRS = { a: ["tap0", "tap1"], b: ["tap2", "tap3"] } as const;

const redirect = (name: "a" | "b", direction = "Both") =>
  trafficControl(`r-${name}`, {
    appliedTo: app(name),
    direction,
    action: "Redirect",
    targetPort: internal(PAIRS[name][0]),
    returnPort: internal(PAIRS[name][1]),
  });
const mirror = (selected: string) =>
  trafficControl(`m-${selected}`, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  });

const EVERYBODY = [
  ["ff:ff:ff:ff:ff:ff", "10.9.0.255"],
  ["ff:ff:ff:ff:ff:ff", "255.255.255.255"],
  ["01:00:5e:00:00:fb", "224.0.0.251"],
  ["01:00:5e:01:02:03", "239.1.2.3"],
  ["33:33:00:00:00:fb", "ff02::fb"],
] as const;
const flowTo = ([mac, ip]: typeof EVERYBODY[number]) => ({
  to: { mac, ips: [ip] },
  version: ip.includes(":") ? 6 as const : 4 as const,
  count: 5,
});

Deno.test("receivers with one pair, another pair, a mirror or nothing: each gets the packet once, the way it should", async (t) => {
  await using lab = await Lab.start(5);
  const pods = lab.pods as Five;
  const [p1, p2, p3, p4, p5] = pods;
  const labels = ["a", "none", "a", "b", "seen"];
  await lab.agent.write("pods.yaml", ...pods.map((pod, i) => podObject(pod, { app: labels[i]! })));
  await lab.agent.write("tc.yaml", redirect("a"), redirect("b"), mirror("seen"), mirror("a"));
  await lab.agent.realized("m-a", "m-seen", "r-a", "r-b");
  await bridgeWire(lab.ovs, PAIRS.a);
  await bridgeWire(lab.ovs, PAIRS.b);
  const at = pods.map((pod) => lab.at(pod));
  const sensors = ["tap0", "tap2", "ids0"].map((name) => lab.atDevice(name));
  const expected = (from: TestPod, lost: readonly TestPod[], counts: readonly number[]) => [
    ...pods.map((pod, i) => [at[i]!, pod === from || lost.includes(pod) ? 0 : 1] as const),
    ...sensors.map((sensor, i) => [sensor, counts[i]!] as const),
  ];
  for (const receiver of EVERYBODY) {
    await t.step(`to ${receiver[1]}`, async () => {
      for (const from of pods) {
        await expectFlow({ from, ...flowTo(receiver) }, expected(from, [], [1, 1, 1]));
      }
    });
  }
  await t.step("every MAC stays on its own port", async () => {
    const table = await macTable(lab.ovs);
    for (const pod of pods) assert.equal(table.get(pod.mac), await ofport(lab.ovs, pod.name));
  });
  await t.step(
    "with one sensor cut off, its Pods get nothing, and all others the packet once",
    async () => {
      await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "down");
      for (const receiver of EVERYBODY) {
        for (const from of [p2, p5]) {
          const seen = expected(from, [p1, p3], [1, 1, 1]);
          await expectFlow({ from, ...flowTo(receiver) }, seen);
        }
        const [, second] = sensors;
        await expectFlow({ from: p1, ...flowTo(receiver) }, [
          ...at.map((counter) => [counter, 0] as const),
          [second!, 0],
        ]);
        await expectFlow({ from: p4, ...flowTo(receiver) }, expected(p4, [p1, p3], [1, 1, 1]));
      }
    },
  );
});

Deno.test("VLANs, access ports and an uplink: pairs and ports get the packet with the tags that the Pods get", async () => {
  await using lab = await Lab.start(0);
  const a10 = await lab.addPod("p1", { vlan: 10 });
  const n10 = await lab.addPod("p2", { vlan: 10 });
  const n20 = await lab.addPod("p3", { vlan: 20 });
  const uplink = await lab.addPod("p4");
  const native = await lab.addPod("p5", { vlan: 10, vlanMode: "native-untagged" });
  const pods = [a10, n10, n20, uplink, native];
  await lab.agent.write("pods.yaml", podObject(a10, { app: "a" }), podObject(n10, { app: "none" }));
  await lab.agent.write("tc.yaml", redirect("a"));
  await lab.agent.realized("r-a");
  await bridgeWire(lab.ovs, PAIRS.a);
  const at = pods.map((pod) => lab.at(pod));
  const sensor = lab.atDevice("tap0");
  const all = flowTo(EVERYBODY[1]);
  const counts = (...times: number[]) =>
    [...at, sensor].map((counter, i) => [counter, times[i]!] as const);
  const tags = async (counter: Counter) => {
    const { frames } = counter;
    const rows = frames.length === 0 ? [] : await tshark(frames, ["vlan.id"]);
    const found = [...new Set(rows.flat())];
    counter.reset();
    return found;
  };
  const seen = () => Promise.all([...at, sensor].map(tags));
  await expectFlow({ from: n10, ...all }, counts(1, 0, 0, 1, 1, 1));
  assert.deepEqual(await seen(), [[""], [], [], ["10"], [""], [""]]);
  await expectFlow({ from: uplink, ...all, frame: { vlan: 10 } }, counts(1, 1, 0, 0, 1, 1));
  assert.deepEqual(await seen(), [[""], [""], [], [], [""], [""]]);
  await expectFlow({ from: a10, ...all }, counts(0, 1, 0, 1, 1, 1));
  assert.deepEqual(await seen(), [[], [""], [], ["10"], [""], [""]]);
  await expectFlow({ from: n20, ...all }, counts(0, 0, 0, 1, 1, 0));
  await expectFlow({ from: uplink, ...all }, counts(0, 0, 0, 0, 0, 0));
  await expectFlow({ from: uplink, ...all, frame: { vlan: 20 } }, counts(0, 0, 1, 0, 1, 0));
});

Deno.test("only one direction is redirected: what Pods send, or what they receive", async () => {
  await using lab = await Lab.start(3);
  const [p1, p2, p3] = lab.pods as Five;
  await lab.agent.write("pods.yaml", podObject(p1, { app: "a" }), podObject(p2, {}));
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  for (const [direction, out, into] of [["Egress", 1, 0], ["Ingress", 0, 1]] as const) {
    await lab.agent.write("tc.yaml", redirect("a", direction));
    await lab.agent.settled(
      direction,
      ({ trafficControls: [tc] }) => tc?.direction === direction && tc.realized,
    );
    if (direction === "Egress") await bridgeWire(lab.ovs, PAIRS.a);
    const sensor = lab.atDevice("tap0");
    for (const receiver of EVERYBODY) {
      const flow = flowTo(receiver);
      await expectFlow({ from: p1, ...flow }, [[at2, 1], [at3, 1], [at1, 0], [sensor, out]]);
      await expectFlow({ from: p2, ...flow }, [[at1, 1], [at3, 1], [at2, 0], [sensor, into]]);
    }
  }
});
