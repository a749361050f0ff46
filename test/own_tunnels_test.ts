/** Tunnels whose far end is a Pod behind the same bridge: Sluice's own packets are not copied or redirected again. */
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn } from "./lab/run.ts";
import { expectFlow } from "./lab/traffic.ts";
import { kernelVxlan } from "./lab/tunnel.ts";
import { bridgeWire } from "./lab/wire.ts";

type Three = [TestPod, TestPod, TestPod, TestPod];
type Spec = Readonly<Record<string, unknown>>;
const VNI = 77;
const NODE = "10.9.0.254/24";

const mirror = (name: string, targetPort: Spec, more: Spec = {}) =>
  trafficControl(name, {
    appliedTo: { podSelector: {} },
    direction: "Both",
    action: "Mirror",
    targetPort,
    ...more,
  });

/** A lab whose node has an address on the bridge, and knows the Pods' MACs. */
async function start(pods: number, collectors: (pods: readonly TestPod[]) => readonly TestPod[]) {
  const lab = await Lab.start(pods);
  const { ovs } = lab;
  await ipIn(ovs.netns, "addr", "add", NODE, "dev", "br0");
  await ipIn(ovs.netns, "link", "set", "dev", "br0", "up");
  const mac = JSON.parse(await ovs.vsctl("get", "interface", "br0", "mac_in_use")) as string;
  for (const pod of collectors(lab.pods)) {
    await pod.knows({ mac, ips: [NODE] });
    await eventually(`a route to ${pod.name}`, async () => {
      await ovs.appctl("tnl/neigh/set", "br0", pod.ip(), pod.mac);
      return (await ovs.appctl("ovs/route/lookup", pod.ip()).catch(() => "")).includes("br0");
    });
  }
  return lab;
}

const KINDS: readonly (readonly [string, (remoteIP: string) => Spec])[] = [
  ["vxlan", (remoteIP) => ({ vxlan: { remoteIP } })],
  ["vxlan at another port", (remoteIP) => ({ vxlan: { remoteIP, destinationPort: 8472 } })],
  ["geneve", (remoteIP) => ({ geneve: { remoteIP } })],
  ["gre", (remoteIP) => ({ gre: { remoteIP } })],
  [
    "erspan",
    (remoteIP) => ({ erspan: { remoteIP, version: 2, sessionID: 7, dir: 0, hardwareID: 4 } }),
  ],
];

Deno.test("every Pod is mirrored into a tunnel to one of them: it gets each copy once", async (t) => {
  await using lab = await start(3, (pods) => [pods[2]!]);
  const [p1, p2, p3] = lab.pods as Three;
  await lab.agent.write("pods.yaml", ...lab.pods.map((pod) => podObject(pod, { app: "web" })));
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  for (const [kind, target] of KINDS) {
    for (
      const [direction, out, into] of [["Ingress", 0, 1], ["Egress", 1, 0], ["Both", 1, 1]] as const
    ) {
      await t.step(`${kind}, ${direction}`, async () => {
        await lab.agent.write(
          "tc.yaml",
          mirror("m", target(p3.ip()), { direction, appliedTo: { podSelector: {} } }),
        );
        await lab.agent.settled(
          direction,
          ({ trafficControls: [tc], ports: [port] }) =>
            tc?.direction === direction && tc.realized && port?.name === tc.target &&
            port!.name.startsWith(kind.split(" ")[0]!),
        );
        const once = Math.max(out, into);
        await expectFlow({ from: p1, to: p2 }, [[at2, 1], [at3, once], [at1, 0]]);
        await expectFlow({ from: p1, to: p3 }, [[at3, 1 + once], [at1, 0], [at2, 0]]);
        await expectFlow({ from: p3, to: p1 }, [[at1, 1], [at3, once], [at2, 0]]);
      });
    }
  }
});

Deno.test("two TrafficControls mirror each other's collectors: no copy is copied", async () => {
  await using lab = await start(4, (pods) => pods.slice(2));
  const [p1, p2, p3, p4] = lab.pods as Three;
  await lab.agent.write("pods.yaml", ...lab.pods.map((pod) => podObject(pod, { app: "web" })));
  await lab.agent.write(
    "tc.yaml",
    mirror("a", { vxlan: { remoteIP: p3.ip() } }),
    mirror("b", { geneve: { remoteIP: p4.ip() } }),
  );
  await lab.agent.realized("a", "b");
  const [at1, at2, at3, at4] = [p1, p2, p3, p4].map((pod) => lab.at(pod)) as [
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
    ReturnType<typeof lab.at>,
  ];
  await expectFlow({ from: p1, to: p2 }, [[at1, 0], [at2, 1], [at3, 1], [at4, 1]]);
  await expectFlow({ from: p4, to: p3 }, [[at1, 0], [at2, 0], [at3, 2], [at4, 1]]);
});

Deno.test("a collector behind a redirect: the sensor sees each copy once, then the collector gets it", async () => {
  await using lab = await start(3, (pods) => [pods[2]!]);
  const [p1, p2, p3] = lab.pods as Three;
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, {}),
    podObject(p3, { app: "collector" }),
  );
  await lab.agent.write(
    "tc.yaml",
    mirror("m", { vxlan: { remoteIP: p3.ip(), vni: VNI } }),
    trafficControl("r", {
      appliedTo: app("collector"),
      direction: "Both",
      action: "Redirect",
      targetPort: internal("tap0"),
      returnPort: internal("tap1"),
    }),
  );
  await lab.agent.realized("m", "r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  // Without a program that takes the copies, the collector would answer, and the sensor would see its answers.
  await kernelVxlan(p3, { vni: VNI, port: 4789, local: p3.ip() });
  const [at2, at3, sensor] = [lab.at(p2), lab.at(p3), lab.atDevice("tap0")];
  await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1], [at3, 1]]);
  await ipIn(lab.ovs.netns, "link", "set", "dev", "w-tap0", "down");
  await expectFlow({ from: p1, to: p2 }, [[at2, 1], [sensor, 1], [at3, 0]]);
});
