/** What a blocked redirect drops is counted, also the broadcast that its Pods do not get, and nothing else is. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "../sensors/scene.ts";

const EVERYBODY = { to: { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] } };
/** Packets of each flow, and the most that kernels send meanwhile. */
const [COUNT, FEW] = [40, 5];
const UDP = [{ action: "Include", protocol: "UDP" }];

Deno.test.each([["without rules", {}], ["with rules", { rules: UDP }]] as const)(
  "a blocked redirect %s counts what it drops, and not what its only Pod sends to all",
  async (_, more) => {
    await using scene = await SensorScene.start({
      ...{ failureMode: "Closed", direction: "Ingress" },
      ...more,
    });
    const { lab, web, peer } = scene;
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
    const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
    await expectFlow({ from: peer, to: web, count: COUNT }, [[atWeb, 0]]);
    await expectDropped(COUNT);
    await expectFlow({ from: web, ...EVERYBODY, count: COUNT }, [[atPeer, 1]]);
    await expectFlow({ from: peer, ...EVERYBODY, count: COUNT }, [[atWeb, 0]]);
    await expectDropped(COUNT);
  },
);
