/** Tunnel targets beside a CNI's tunnel to all nodes, whose flows say the address and the key. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { expectFlow, type Flow, send } from "../lab/traffic.ts";
import { collector, kernelVxlan } from "../lab/tunnel.ts";

const PEER = "10.0.10.2";
/** The node's address in the underlay. */
const NODE = "10.0.10.254";
const UDP_PORT = 4789;

const mirror = (vxlan: object) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: { vxlan: { remoteIP: PEER, ...vxlan } },
  });

/** A CNI with Pods `p1` and `p2` here, and another node that sends to `p2` by VXLAN with key 0 and key 5. */
async function start() {
  const lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const peer = await collector(ovs, [PEER]);
  // Open vSwitch drops a tunnel packet whose checksum the device was to compute.
  await run("ip", ["netns", "exec", peer.netns, "ethtool", "-K", peer.device, "tx", "off"]);
  const senders = await Promise.all([0, 5].map(async (vni) => {
    const device = await kernelVxlan(peer, { vni, port: UDP_PORT, local: PEER });
    const all = ["00:00:00:00:00:00", "dev", device, "dst", NODE];
    await run("ip", ["netns", "exec", peer.netns, "bridge", "fdb", "append", ...all]);
    return { netns: peer.netns, device, mac: "02:dd:00:00:00:01", ips: ["10.9.0.77/24"] };
  }));
  const options = ["type=vxlan", "options:remote_ip=flow", "options:key=flow"];
  await ovs.vsctl("add-port", "br0", "tun0", "--", "set", "interface", "tun0", ...options);
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const [zero, five] = senders as [typeof senders[0], typeof senders[0]];
  const arrives = async (from: typeof zero) => {
    const at2 = lab.at(p2);
    await expectFlow({ from, to: p2, count: 10 }, [[at2, 1]]);
  };
  for (const from of [zero, five]) await warmUp(lab, from, p2);
  await arrives(zero);
  await arrives(five);
  return { lab, ovs, agent, arrives, zero, five };
}

/** Open vSwitch loses the first packets of a tunnel, until it knows the way. */
async function warmUp(lab: Lab, from: Flow["from"], to: TestPod): Promise<void> {
  const at = lab.at(to);
  await eventually("a packet of the tunnel", async () => {
    const [id] = await send({ from, to, count: 1 });
    at.look();
    return at.count(id!) === 1 || at.frames.length > 0;
  });
}

type Bench = Awaited<ReturnType<typeof start>>;

async function refused({ agent }: Bench): Promise<string> {
  const { trafficControls: [m] } = await agent.settled(
    "a condition",
    ({ trafficControls: [m] }) => m !== undefined && m.conditions.length > 0,
  );
  assert.equal(m?.realized, false);
  assert.deepEqual(m.conditions.map(({ reason }) => reason), ["TunnelInUse"]);
  return sentence(m.conditions[0]!);
}

Deno.test("without a vni it is refused, and every packet of the other node arrives; so it is with each cure", async (t) => {
  const bench = await start();
  await using _ = bench.lab;
  const { agent, arrives, zero, five, ovs } = bench;
  await agent.write("tc.yaml", mirror({}));
  assert.match(
    await refused(bench),
    /^Tunnel "tun0" of somebody else .*: set a vni that its owner does not use, or another destinationPort$/,
  );
  await arrives(zero);
  await arrives(five);
  await t.step("another vni: a warning, as the owner may use it one day", async () => {
    await agent.write("tc.yaml", mirror({ vni: 7 }));
    const { trafficControls: [m] } = await agent.realized("m");
    assert.deepEqual(m?.conditions.map(({ reason, warning }) => [reason, warning]), [
      ["TunnelInUse", true],
    ]);
    await arrives(zero);
    await arrives(five);
  });
  await t.step("another destinationPort", async () => {
    await agent.write("tc.yaml", mirror({ destinationPort: 4790 }));
    await agent.settled(
      "no warning",
      ({ trafficControls: [m] }) => m?.realized === true && m.conditions.length === 0,
    );
    await arrives(zero);
    await arrives(five);
  });
  await t.step(
    "the other tunnel comes later: Sluice's makes room, and comes back when it has gone",
    async () => {
      await ovs.vsctl("del-port", "tun0");
      await agent.write("tc.yaml", mirror({}));
      await agent.realized("m");
      const options = ["type=vxlan", "options:remote_ip=flow", "options:key=flow"];
      await ovs.vsctl("add-port", "br0", "tun0", "--", "set", "interface", "tun0", ...options);
      await refused(bench);
      await arrives(zero);
      await ovs.vsctl("del-port", "tun0");
      await agent.realized("m");
    },
  );
});
