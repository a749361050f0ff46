/** With `counters: PerPod`, what is done is counted exactly for each Pod, and only what concerns a Pod begins it anew. */
import assert from "node:assert/strict";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { cameTo, countedByPod, expectByPod, mirror, redirect } from "./by_pod.ts";

/** The most packets that kernels send by themselves. */
const FEW = 5;

const WEB = { app: "web" };

/** Two Pods that are selected, and one that is not. */
async function started(): Promise<{ lab: Lab; pods: [TestPod, TestPod, TestPod] }> {
  const lab = await Lab.start(3);
  const pods = lab.pods as [TestPod, TestPod, TestPod];
  const [p1, p2, p3] = pods;
  await lab.agent.write("pods.yaml", podObject(p1, WEB), podObject(p2, WEB), podObject(p3, {}));
  return { lab, pods };
}

Deno.test("a mirror counts each copy for the Pod that sent or received the packet", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("m.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: p1, to: p3, count: 40 }, [[copies, 1]]);
  await expectFlow({ from: p3, to: p1, count: 30, version: 6 }, [[copies, 1]]);
  await expectFlow({ from: p3, to: p2, count: 7 }, [[copies, 1]]);
  await expectFlow({ from: p1, to: p2, count: 20 }, [[copies, 1]]); // counts for the sender
  await expectFlow({ from: p2, to: p1, count: 9, version: 6 }, [[copies, 1]]);
  const wanted = () => cameTo(copies, { p1, p2 });
  await expectByPod(lab, ["m", "copied"], wanted);
  const { "default/p1": one, "default/p2": other } = wanted();
  const packets = [one!.egress, one!.ingress, other!.egress, other!.ingress];
  assert.ok(packets.every((count, at) => count.packets >= [60, 30, 9, 7][at]!));
});

Deno.test("a redirect counts what goes into its pair, and not what comes back", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("r.yaml", redirect("r"));
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  const into = lab.atDevice("tap0");
  const at = new Map([p1, p2, p3].map((pod) => [pod, lab.at(pod)]));
  for (const [from, to, count] of [[p1, p3, 25], [p3, p2, 12], [p1, p2, 6], [p3, p1, 3]] as const) {
    for (const version of [4, 6] as const) {
      await expectFlow({ from, to, count, version }, [[at.get(to)!, 1], [into, 1]]);
    }
  }
  await expectByPod(lab, ["r", "redirected"], () => cameTo(into, { p1, p2 }));
});

Deno.test("two redirects of which a packet passes both count it for its sender and for its receiver", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const { agent } = lab;
  await agent.write(
    "pods.yaml",
    podObject(p1, WEB),
    podObject(p2, { app: "db" }),
    podObject(p3, {}),
  );
  const second = redirect("in", {
    appliedTo: { podSelector: { matchLabels: { app: "db" } } },
    direction: "Ingress",
    targetPort: { ovsInternal: { name: "tap2" } },
    returnPort: { ovsInternal: { name: "tap3" } },
  });
  await agent.write("r.yaml", redirect("out", { direction: "Egress" }), second);
  await agent.realized("in", "out");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await bridgeWire(lab.ovs, ["tap2", "tap3"]);
  const [first, next] = [lab.atDevice("tap0"), lab.atDevice("tap2")];
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [first, 1], [next, 1]]);
  await expectFlow({ from: p3, to: p2, count: 11 }, [[lab.at(p2), 1], [first, 0], [next, 1]]);
  const isRight = async () => {
    const [out, into] = await Promise.all(
      ["out", "in"].map((name) => countedByPod(lab, name, "redirected")),
    );
    const { egress } = out!["default/p1"]!;
    const { ingress } = into!["default/p2"]!;
    return egress.packets >= 20 && egress.packets <= 20 + FEW && ingress.packets >= 31 &&
      ingress.packets <= 31 + FEW && Object.keys({ ...out, ...into }).length === 2;
  };
  await eventually("the counts", isRight, 1500);
});

Deno.test("what a closed redirect drops is counted for the Pod", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const device = (name: string) => ({ device: { name } });
  const ports = { targetPort: device("gone0"), returnPort: device("gone1") };
  await lab.agent.write("r.yaml", redirect("r", { ...ports, failureMode: "Closed" }));
  await lab.agent.settled(
    "it is blocked",
    ({ trafficControls: [r] }) => r?.conditions.some(({ reason }) => reason === "Blocked") ?? false,
  );
  await expectFlow({ from: p1, to: p3, count: 40 }, [[lab.at(p3), 0]]);
  await expectFlow({ from: p3, to: p2, count: 30 }, [[lab.at(p2), 0]]);
  const dropped = async () => {
    const { trafficControls: [r] } = await lab.agent.state();
    return r!.byPod!.map((each) => each.dropped!);
  };
  const isRight = async () => {
    const [one, other] = await dropped();
    return one! >= 40 && one! <= 40 + FEW && other! >= 30 && other! <= 30 + FEW;
  };
  await eventually("the counts", isRight, 1500).catch(async () =>
    assert.deepEqual(await dropped(), [40, 30])
  );
});

Deno.test("no change of another TrafficControl or Pod begins a count anew, and no restart of the agent", async (t) => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const { agent, ovs } = lab;
  await agent.write("m.yaml", mirror("m", "tap-m"));
  await agent.realized("m");
  const copies = lab.atDevice("tap-m");
  const counted = async (pods: Readonly<Record<string, TestPod>> = { p1, p2 }) => {
    await ovs.emptyCache();
    await expectFlow({ from: p1, to: p3 }, [[copies, 1]]);
    await expectFlow({ from: p3, to: p1 }, [[copies, 1]]);
    await expectByPod(lab, ["m", "copied"], () => cameTo(copies, pods));
  };
  await expectFlow({ from: p3, to: p2 }, [[copies, 1]]);
  await t.step("at first", () => counted());
  await t.step("beside others of the same Pods", async () => {
    await agent.write("other.yaml", mirror("other", "tap-o", { counters: "PerTC" }), redirect("r"));
    await agent.realized("m", "other", "r");
    await bridgeWire(ovs, ["tap0", "tap1"]);
    await counted();
    const { trafficControls } = await agent.state();
    const byPod = trafficControls.map(({ name, byPod }) => [name, byPod !== undefined]);
    assert.deepEqual(byPod, [["m", true], ["other", false], ["r", true]]);
  });
  await t.step("without them", async () => {
    await agent.delete("other.yaml");
    await agent.realized("m");
    await counted();
  });
  await t.step("after the agent was killed and started again", async () => {
    await agent.kill();
    const ids = await send({ from: p1, to: p3 });
    await eventually("copies", () => {
      copies.look();
      return ids.every((id) => copies.count(id) === 1);
    });
    agent.startAgain();
    await agent.realized("m");
    const { text } = await agent.get("/metrics");
    for (const command of ["add", "modify"]) { // flows of the pair that was there before may still be deleted
      assert.match(text, new RegExp(`^sluice_flow_changes_total{command="${command}"} 0$`, "m"));
    }
    await counted();
  });
  const before = (await agent.state()).trafficControls[0]!.copied!.ingress!.packets;
  await t.step("when the other Pod goes", async () => {
    await agent.write("pods.yaml", podObject(p1, WEB), podObject(p3, {}));
    await agent.settled("one Pod", ({ trafficControls: [m] }) => m?.pods.length === 1);
    await counted({ p1 });
    const { packets } = (await agent.state()).trafficControls[0]!.copied!.ingress!;
    assert.ok(packets >= before + 20, "the TrafficControl keeps what was counted for that Pod");
  });
});

Deno.test("a Pod that comes back at another port is counted there, from 0", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  const { agent } = lab;
  await agent.write("m.yaml", mirror("m", "tap-m"));
  await agent.realized("m");
  await expectFlow({ from: p2, to: p3 }, [[lab.at(p3), 1]]);
  await agent.write("pods.yaml", podObject(p1, WEB), podObject(p3, {}));
  await agent.settled("one Pod", ({ trafficControls: [m] }) => m?.pods.length === 1);
  const again = await lab.addPod("p4");
  const at = { annotations: { "sluice.dev/ovs-port": "p4" } };
  const p2Again = { name: "p2", mac: again.mac, ips: again.ips };
  await agent.write(
    "pods.yaml",
    podObject(p1, WEB),
    podObject(p2Again, WEB, at),
    podObject(p3, {}),
  );
  await agent.settled("two Pods", ({ trafficControls: [m] }) => m?.byPod?.length === 2);
  const { egress } = (await countedByPod(lab, "m", "copied"))["default/p2"]!;
  assert.ok(egress.packets <= FEW, `${egress.packets} packets of a port that is gone`);
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: again, to: p3, count: 13 }, [[copies, 1]]);
  const packets = async () =>
    (await countedByPod(lab, "m", "copied"))["default/p2"]!.egress.packets - egress.packets;
  await eventually("the count", async () => {
    const count = await packets();
    return count >= 13 && count <= 13 + FEW;
  }, 1500);
});
