/** `vniIngress`: what Pods receive is copied with another VNI than what they send. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";
import { collector, kernelVxlan } from "../lab/tunnel.ts";

const COLLECTOR = "10.0.10.2";
const [SENT, RECEIVED] = [1001, 1002] as const;
const UDP_PORT = 4789;

const mirror = (vxlan: object, direction = "Both") =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction,
    action: "Mirror",
    targetPort: { vxlan: { remoteIP: COLLECTOR, ...vxlan } },
  });

async function tunnels(lab: Lab): Promise<string[]> {
  const rows = await lab.ovs.vsctl(
    "--bare",
    "--columns=options",
    "find",
    "interface",
    "type=vxlan",
  );
  return [...rows.matchAll(/key=(\d+)/g)].map(([, key]) => key!).sort();
}

Deno.test("each direction has its VNI, and the port of one that is not needed is not made", async (t) => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const far = await collector(lab.ovs, [COLLECTOR]);
  // The device was to compute checksums that nothing computes in a namespace.
  await run("ip", ["netns", "exec", far.netns, "ethtool", "-K", far.device, "tx", "off"]);
  const at = async (vni: number) => {
    const device = await kernelVxlan(far, { vni, port: UDP_PORT, local: COLLECTOR });
    return new Counter(device, { netns: far.netns, device });
  };
  using sent = await at(SENT);
  using received = await at(RECEIVED);
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, { app: "db" }));
  await t.step("both directions", async () => {
    await lab.agent.write("tc.yaml", mirror({ vni: SENT, vniIngress: RECEIVED }));
    await lab.agent.realized("m");
    assert.deepEqual(await tunnels(lab), [`${SENT}`, `${RECEIVED}`]);
    for (const version of [4, 6] as const) {
      await expectFlow({ from: p1, to: p2, version }, [[lab.at(p2), 1], [sent, 1], [received, 0]]);
      await expectFlow({ from: p2, to: p1, version }, [[lab.at(p1), 1], [sent, 0], [received, 1]]);
    }
  });
  await t.step("what is sent alone needs one port", async () => {
    await lab.agent.write("tc.yaml", mirror({ vni: SENT, vniIngress: RECEIVED }, "Egress"));
    await lab.agent.settled("one port", ({ ports }) => ports.length === 1);
    await expectFlow({ from: p1, to: p2 }, [[sent, 1], [received, 0]]);
    await expectFlow({ from: p2, to: p1 }, [[sent, 0], [received, 0]]);
  });
  await t.step("the same VNI for both is one port", async () => {
    await lab.agent.write("tc.yaml", mirror({ vni: SENT, vniIngress: SENT }));
    await lab.agent.realized("m");
    await lab.ovs.emptyCache();
    assert.deepEqual(await tunnels(lab), [`${SENT}`]);
    await expectFlow({ from: p2, to: p1 }, [[sent, 1], [received, 0]]);
  });
});

Deno.test("a redirect names one port for both directions", async () => {
  await using lab = await Lab.start(1);
  const [p1] = lab.pods as [TestPod];
  const vxlan = (vni: number) => ({ vxlan: { remoteIP: COLLECTOR, vni, vniIngress: RECEIVED } });
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await lab.agent.write(
    "tc.yaml",
    trafficControl("r", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: vxlan(1),
      returnPort: vxlan(2),
    }),
  );
  const { trafficControls: [control] } = await lab.agent.settled(
    "the refusal",
    ({ trafficControls }) => trafficControls.length === 1,
  );
  assert.match(
    JSON.stringify(control!.conditions),
    /must name one port for both directions for action Redirect/,
  );
});
