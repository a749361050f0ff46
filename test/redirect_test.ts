import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { drops, Lab, macTable, ofport } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn, tryRun } from "./lab/run.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire, devicePair } from "./lab/wire.ts";

type Spec = Readonly<Record<string, unknown>>;
const device = (name: string) => ({ device: { name } });

const redirect = (name: string, ports: readonly [Spec, Spec], more: Spec = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: ports[0],
    returnPort: ports[1],
    ...more,
  });

async function macsAreHome(lab: Lab, ...pods: readonly TestPod[]): Promise<void> {
  const table = await macTable(lab.ovs);
  for (const pod of pods) {
    assert.equal(table.get(pod.mac), await ofport(lab.ovs, pod.name), pod.name);
  }
}

/** TCP and ICMP through the datapath, as the kernels at both ends see it. */
async function talks(from: TestPod, to: TestPod): Promise<void> {
  for (const version of [4, 6] as const) {
    const answers = await from.ping(to.ip(version));
    assert.deepEqual(answers, { sent: 5, received: 5 }, `IPv${version}:\n${await drops(from.ovs)}`);
  }
  const server = new Deno.Command("ip", {
    args: ["netns", "exec", to.netns, "iperf3", "-s", "-1", "--forceflush"],
    stdout: "piped",
    stderr: "null",
    stdin: "null",
  }).spawn();
  const listening = server.stdout.getReader();
  await listening.read();
  listening.releaseLock();
  const { stdout, code } = await tryRun("ip", [
    "netns",
    "exec",
    from.netns,
    "iperf3",
    "-c",
    to.ip(4),
    "-n",
    "4M",
    "-J",
  ]); // deno-fmt-ignore
  await server.stdout.cancel();
  await server.status;
  assert.equal(code, 0, stdout);
  assert.ok(JSON.parse(stdout).end.sum_received.bytes > 0, stdout);
}

const PAIRS: readonly [string, readonly [Spec, Spec], readonly [string, string]][] = [
  ["two internal ports", [internal("tap0"), internal("tap1")], ["tap0", "tap1"]],
  ["two devices", [device("vin"), device("vout")], ["vin-x", "vout-x"]],
];

for (const [name, ports, [target, returned]] of PAIRS) {
  Deno.test(`a redirect through ${name}, by direction`, async (t) => {
    await using lab = await Lab.start(3);
    const [p1, p2, p3] = lab.pods as [TestPod, TestPod, TestPod];
    if (name === "two devices") await devicePair(lab.ovs, ["vin", "vout"]);
    await lab.agent.write(
      "pods.yaml",
      podObject(p1, { app: "web" }),
      podObject(p2, {}),
      podObject(p3, {}),
    );
    const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
    let wired = name === "two devices";
    for (
      const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
    ) {
      await t.step(direction, async () => {
        await lab.agent.write("tc.yaml", redirect("r", ports, { direction }));
        await lab.agent.settled(
          direction,
          ({ trafficControls: [tc] }) => tc?.direction === direction && tc.realized,
        );
        if (!wired) await bridgeWire(lab.ovs, ["tap0", "tap1"]);
        wired = true;
        const [sensor, wrong] = [lab.atDevice(target), lab.atDevice(returned)];
        for (const version of [4, 6] as const) {
          await expectFlow({ from: p1, to: p2, version }, [[at2, 1], [sensor, out], [wrong, 0], [
            at1,
            0,
          ], [at3, 0]]);
          await expectFlow({ from: p2, to: p1, version }, [[at1, 1], [sensor, into], [wrong, 0], [
            at2,
            0,
          ], [at3, 0]]);
        }
        await expectFlow({ from: p2, to: p3 }, [[at3, 1], [sensor, 0], [at1, 0]]);
        const everybody = { mac: "ff:ff:ff:ff:ff:ff", ips: ["10.9.0.255/24"] };
        await expectFlow({ from: p1, to: everybody }, [[at2, 1], [at3, 1], [at1, 0], [
          sensor,
          out,
        ]]);
        await expectFlow({ from: p2, to: everybody }, [[at1, 1], [at3, 1], [at2, 0], [
          sensor,
          into,
        ]]);
        const p1Alone = { mac: "ff:ff:ff:ff:ff:ff", ips: p1.ips };
        await expectFlow({ from: p2, to: p1Alone }, [[at1, 1], [at3, 1], [at2, 0], [sensor, into]]);
        await talks(p1, p2);
        await macsAreHome(lab, p1, p2, p3);
      });
    }
  });
}

Deno.test("both Pods behind one pair: inspected once; behind two: through both, in order", async (t) => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web", tier: "a" }),
    podObject(p2, { app: "web", tier: "b" }),
  );
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  await t.step("one pair", async () => {
    await lab.agent.write("tc.yaml", redirect("r", [internal("tap0"), internal("tap1")]));
    await lab.agent.realized("r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    const sensor = lab.atDevice("tap0");
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1], [at1, 0]]);
    await expectFlow({ from: p2, to: p1, version: 6 }, [[at1, 1], [sensor, 1], [at2, 0]]);
    await talks(p1, p2);
  });
  await t.step("two pairs", async () => {
    const tier = (value: string) => ({
      appliedTo: { podSelector: { matchLabels: { tier: value } } },
    });
    await lab.agent.write(
      "tc.yaml",
      redirect("r", [internal("tap0"), internal("tap1")], tier("a")),
      redirect("s", [internal("tap2"), internal("tap3")], tier("b")),
    );
    await lab.agent.realized("r", "s");
    await bridgeWire(lab.ovs, ["tap2", "tap3"]);
    const [first, second] = [lab.atDevice("tap0"), lab.atDevice("tap2")];
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [first, 1], [second, 1], [at1, 0]]);
    await expectFlow({ from: p2, to: p1, version: 6 }, [[at1, 1], [first, 1], [second, 1], [
      at2,
      0,
    ]]);
    // In order: with the second pair cut, the first still sees what its own Pod sends, and not what comes for it.
    await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap2", "down");
    await expectFlow({ from: p1, to: p2 }, [[at2, 0], [first, 1], [second, 1]]);
    await expectFlow({ from: p2, to: p1 }, [[at1, 0], [first, 0], [second, 1]]);
    await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap2", "up");
    // The kernel's bridge begins to forward a moment after it is up.
    await eventually("the wire", async () => (await p2.ping(p1.ip(4), 1)).received === 1);
    await talks(p2, p1);
    await macsAreHome(lab, p1, p2);
  });
});

Deno.test("a peer that is no Pod: a MAC behind an uplink, in both directions", async () => {
  await using lab = await Lab.start(2);
  const [p1, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await lab.agent.write("tc.yaml", redirect("r", [internal("tap0"), internal("tap1")]));
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [at1, far, sensor] = [lab.at(p1), lab.at(peer), lab.atDevice("tap0")];
  await expectFlow({ from: p1, to: peer }, [[far, 1], [sensor, 1], [at1, 0]]);
  await expectFlow({ from: peer, to: p1, version: 6 }, [[at1, 1], [sensor, 1], [far, 0]]);
  await talks(peer, p1);
  await macsAreHome(lab, p1, peer);
});

Deno.test("three mirrors and a redirect on one Pod at once; a second redirect is superseded", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const mirror = (name: string, port: string) =>
    trafficControl(name, {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal(port),
    });
  await lab.agent.write(
    "tc.yaml",
    mirror("m1", "ids1"),
    mirror("m2", "ids2"),
    mirror("m3", "ids3"),
    redirect("r1", [internal("tap0"), internal("tap1")]),
    redirect("r2", [internal("tap2"), internal("tap3")]),
  );
  const state = await lab.agent.settled(
    "all",
    ({ trafficControls }) => trafficControls.filter(({ realized }) => realized).length === 4,
  );
  const loser = state.trafficControls.find(({ realized }) => !realized);
  assert.deepEqual([loser?.name, loser?.conditions.map(({ reason }) => reason)], ["r2", [
    "Superseded",
  ]]);
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  const copies = ["ids1", "ids2", "ids3", "tap0"].map((name) => [lab.atDevice(name), 1] as const);
  await expectFlow({ from: p1, to: p2 }, [[at2, 1], ...copies, [lab.atDevice("tap2"), 0], [
    at1,
    0,
  ]]);
  await expectFlow({ from: p2, to: p1, version: 6 }, [
    [at1, 1],
    ...copies.map(([c]) => [c, 1] as const),
    [at2, 0],
  ]);
  await talks(p1, p2);
  await macsAreHome(lab, p1, p2);
});
