/** A sensor in a network namespace of its own, as a container has it: Open vSwitch sees no link of its internal ports. */
import { Lab } from "../lab/lab.ts";
import { ipIn, run } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { SensorScene } from "./scene.ts";

const PORTS = ["tap0", "tap1"] as const;
const BRIDGE = ["type", "bridge", "stp_state", "0", "mcast_snooping", "0", "ageing_time", "0"];

/** Moves both ports into the namespace, and connects them there by a bridge that learns no MACs. */
async function makeSensor({ ovs }: Lab, netns: string): Promise<void> {
  await ovs.addNamespace(netns);
  await ipIn(netns, "link", "add", "name", "sensor", ...BRIDGE);
  for (const port of PORTS) {
    await ipIn(ovs.netns, "link", "set", "dev", port, "netns", netns);
    await ipIn(netns, "link", "set", "dev", port, "master", "sensor", "up");
    await bridge(netns, port, "learning", "off");
  }
  await ipIn(netns, "link", "set", "dev", "sensor", "up");
}

const bridge = (netns: string, port: string, ...setting: readonly string[]) =>
  run("ip", ["netns", "exec", netns, "bridge", "link", "set", "dev", port, ...setting]);

Deno.test("a sensor whose internal ports are in another network namespace is used, passed by, and used again", async () => {
  await using scene = await SensorScene.between(PORTS, { failureMode: "Open" });
  const { lab, web, peer } = scene;
  const netns = `${lab.ovs.netns}-sensor`;
  await makeSensor(lab, netns);
  const [atWeb, atPeer] = [lab.at(web), lab.at(peer)];
  const sensor = lab.atPlace("sensor", { netns, device: PORTS[0] });
  const pass = async (inspected: 0 | 1) => {
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version }, [[atPeer, 1], [sensor, inspected]]);
      await expectFlow({ from: peer, to: web, version }, [[atWeb, 1], [sensor, inspected]]);
    }
  };
  await scene.conditions();
  await pass(1);
  for (const port of PORTS) await bridge(netns, port, "state", "0");
  await scene.conditions("Bypassed", "SensorDown");
  await pass(0);
  for (const port of PORTS) await bridge(netns, port, "state", "3");
  await scene.conditions();
  await pass(1);
});
