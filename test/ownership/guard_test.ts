/** Sluice beside an owner that guards against spoofing. */
import { podObject } from "../lab/agent.ts";
import { Lab, ofport } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { redirect, type Spec } from "./controls.ts";

Deno.test("the owner's spoof guard works behind a redirect: 0 of 20 spoofed frames arrive", async (t) => {
  await using lab = await Lab.start(4, { forwarding: "none" });
  const [p1, attacker, p3, uplink] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  const guard = await Promise.all([p1, attacker, p3].map(async ({ name, mac }) => {
    const port = await ofport(lab.ovs, name);
    return [
      `priority=20,in_port=${port},dl_src=${mac},actions=NORMAL`,
      `priority=10,in_port=${port},actions=drop`,
    ];
  }));
  await Deno.writeTextFile(
    `${lab.ovs.dir}/flows`,
    [...guard.flat(), "priority=0,actions=NORMAL"].join("\n"),
  );
  await lab.ovs.ofctl("add-flows", "br0", `${lab.ovs.dir}/flows`);
  for (const pod of lab.pods) await pod.ping(pod === p1 ? p3.ip() : p1.ip(), 1);
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(attacker, {}),
    podObject(p3, {}),
  );
  const at1 = lab.at(p1);
  const spoofs: readonly [string, string][] = [
    ["another Pod's", p3.mac],
    ["the receiver's own", p1.mac],
    ["a neighbour's behind the uplink", uplink.mac],
    ["unknown", "02:99:00:00:00:01"],
  ];
  const checks = async (sensor: number) => {
    for (const [, from] of spoofs) {
      for (const version of [4, 6] as const) {
        await expectFlow({ from: attacker, to: p1, version, frame: { from } }, [[at1, 0]]);
      }
    }
    const seen = lab.atDevice(sensor ? "tap0" : "lo");
    await expectFlow({ from: attacker, to: p1 }, [[at1, 1], [seen, sensor]]);
    await expectFlow({ from: uplink, to: p1 }, [[at1, 1], [seen, sensor]]);
    await expectFlow({ from: p3, to: p1 }, [[at1, 1], [seen, sensor]]);
  };
  await t.step("without Sluice", () => checks(0));
  await lab.agent.write("tc.yaml", {
    ...redirect,
    spec: { ...(redirect as { spec: Spec }).spec, direction: "Ingress" },
  });
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await t.step("with an ingress redirect", () => checks(1));
  await lab.agent.write("tc.yaml", redirect);
  await lab.agent.settled(
    "both",
    ({ trafficControls: [tc] }) => tc?.direction === "Both" && tc.realized,
  );
  await t.step("with a redirect in both directions", () => checks(1));
});
