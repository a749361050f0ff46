/** Two Pods with one IP address, whose packets are matched by IP: the VLANs of their ports tell them apart. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { introduce, type TestPod } from "./lab/pod.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire } from "./lab/wire.ts";

const IPS = ["10.9.0.77/24", "fd09::77/64"];
const byIP = { annotations: { "sluice.dev/match": "ip" } };
const treat = (name: string, action: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...action });
const MIRROR = treat("m", { action: "Mirror", targetPort: internal("ids0") });
const REDIRECT = treat("r", {
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

/** Two Pods with one IP, and a peer of each. */
async function start(vlans: readonly [number | undefined, number | undefined]) {
  const lab = await Lab.start(0);
  const [one, other] = vlans.map((vlan) => vlan === undefined ? {} : { vlan });
  const p1 = await lab.addPod("p1", { ...one, ips: IPS });
  const p2 = await lab.addPod("p2", { ...other, ips: IPS });
  const [p3, p4] = [await lab.addPod("p3", one), await lab.addPod("p4", other)];
  await introduce(p1, p3);
  await introduce(p2, p4);
  for (const [from, to] of [[p1, p3], [p2, p4]] as const) await from.ping(to.ip(), 1);
  return { lab, p1, p2, p3, p4 };
}

const VLANS: readonly (readonly [number | undefined, number | undefined])[] = [
  [10, 20],
  [undefined, 20],
  [10, undefined],
];

for (const vlans of VLANS) {
  Deno.test(`one IP in VLANs ${vlans.map((vlan) => vlan ?? "none")}: the Pod that is not selected is left alone`, async () => {
    const { lab, p1, p2, p3, p4 } = await start(vlans);
    await using _ = lab;
    await lab.agent.write(
      "pods.yaml",
      podObject(p1, { app: "web" }, byIP),
      podObject(p2, {}, byIP),
    );
    await lab.agent.write("tc.yaml", MIRROR, REDIRECT);
    const { trafficControls } = await lab.agent.realized("m", "r");
    assert.deepEqual(trafficControls.flatMap(({ conditions }) => conditions), []);
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    const [at1, at2, ids, sensor] = [
      lab.at(p1),
      lab.at(p2),
      lab.atDevice("ids0"),
      lab.atDevice("tap0"),
    ];
    for (const version of [4, 6] as const) {
      await expectFlow({ from: p3, to: p1, version }, [[at1, 1], [at2, 0], [ids, 1], [sensor, 1]]);
      await expectFlow({ from: p4, to: p2, version }, [[at2, 1], [at1, 0], [ids, 0], [sensor, 0]]);
      await expectFlow({ from: p1, to: p3, version }, [[ids, 1], [sensor, 1]]);
      await expectFlow({ from: p2, to: p4, version }, [[ids, 0], [sensor, 0]]);
    }
  });
}

Deno.test("one IP in one VLAN: the TrafficControl says so", async () => {
  const { lab, p1, p2 } = await start([10, 10]);
  await using _ = lab;
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }, byIP), podObject(p2, {}, byIP));
  await lab.agent.write("tc.yaml", MIRROR);
  const { trafficControls: [tc] } = await lab.agent.settled(
    "a condition",
    ({ trafficControls: [tc] }) => tc?.conditions.length === 2,
  );
  assert.deepEqual(tc!.conditions.map(({ reason }) => reason), ["AmbiguousIP", "AmbiguousIP"]);
  const other: Pick<TestPod, "mac" | "name" | "ips"> = { ...p2, ips: ["10.9.0.78/24"] };
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }, byIP),
    podObject(other, {}, byIP),
  );
  await lab.agent.settled(
    "none",
    ({ trafficControls: [tc] }) => tc?.realized === true && tc.conditions.length === 0,
  );
});
