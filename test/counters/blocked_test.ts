/** What a blocked redirect drops is counted, also the broadcast that its Pods do not get, and nothing else is. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { podObject } from "../lab/agent.ts";
import { SensorScene } from "../sensors/scene.ts";

const EVERYBODY = { to: { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] } };
/** Packets of each flow, and the most that kernels send meanwhile. */
const [COUNT, FEW] = [40, 5];
const UDP = [{ action: "Include", protocol: "UDP" }];

/** A redirect of what Pods receive whose devices are gone, and what asks how many more packets it has dropped. */
async function blocked(more: Readonly<Record<string, unknown>>) {
  const scene = await SensorScene.start({ failureMode: "Closed", direction: "Ingress", ...more });
  const { lab } = scene;
  for (const device of ["vin", "vout", "w-vin-x"]) {
    await ipIn(lab.ovs.netns, "link", "del", device);
  }
  await scene.conditions("Blocked", "DeviceMissing", "DeviceMissing");
  await lab.ovs.emptyCache();
  const dropped = async () => (await lab.agent.state()).trafficControls[0]!.dropped ?? 0;
  let before = await dropped();
  const expectDropped = async (count: number) => {
    const found = async () => await dropped() - before;
    await eventually(`${count} packets`, async () => await found() >= count);
    const now = await found();
    assert.ok(now <= count + FEW, `${now} packets in place of ${count}`);
    before += now;
  };
  return { scene, expectDropped };
}

Deno.test.each([["without rules", {}], ["with rules", { rules: UDP }]] as const)(
  "a blocked redirect %s counts what it drops, and not what its only Pod sends to all",
  async (_, more) => {
    const { scene, expectDropped } = await blocked(more);
    await using _scene = scene;
    const { lab, web, peer } = scene;
    const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
    await expectFlow({ from: peer, to: web, count: COUNT }, [[atWeb, 0]]);
    await expectDropped(COUNT);
    await expectFlow({ from: web, ...EVERYBODY, count: COUNT }, [[atPeer, 1]]);
    await expectFlow({ from: peer, ...EVERYBODY, count: COUNT }, [[atWeb, 0]]);
    await expectDropped(COUNT);
  },
);

Deno.test("broadcast that a blocked redirect drops for several Pods is counted once", async () => {
  const { scene, expectDropped } = await blocked({});
  await using _scene = scene;
  const { lab, web, peer } = scene;
  const third = await lab.addPod("p3");
  const pods = [web, peer, third];
  await lab.agent.write("pods.yaml", ...pods.map((pod) => podObject(pod, { app: "web" })));
  await lab.agent.settled("all Pods", ({ trafficControls: [ips] }) => ips!.pods.length === 3);
  await lab.ovs.emptyCache();
  for (const from of pods) {
    const others = pods.filter((pod) => pod !== from);
    const nowhere = others.map((pod) => [lab.at(pod), 0] as const);
    await expectFlow({ from, ...EVERYBODY, count: COUNT }, nowhere);
    await expectDropped(COUNT);
  }
});
