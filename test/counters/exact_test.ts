/** What is done for each TrafficControl is counted exactly, and no change of others and no restart begins it anew. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

/** Milliseconds within which a counter must be exact. */
const EXACT_WITHIN = 1500;
/** The most packets that kernels send by themselves. */
const FEW = 5;
type Direction = "egress" | "ingress";

const mirror = (name: string, target: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    ...more,
  });
const redirect = (name: string) =>
  mirror(name, "tap0", { action: "Redirect", returnPort: internal("tap1") });

async function started(): Promise<{ lab: Lab; pods: [TestPod, TestPod, TestPod] }> {
  const lab = await Lab.start(3);
  const pods = lab.pods as [TestPod, TestPod, TestPod];
  const [p1, p2, p3] = pods;
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(p2, { app: "web" }),
    podObject(p3, { app: "db" }),
  );
  return { lab, pods };
}

/** How many packets and bytes the switch has sent to the port, whoever sent them. */
async function sentTo({ ovs }: Lab, port: string): Promise<Count> {
  const text = await ovs.ofctl("dump-ports", "br0", port);
  const [, packets, bytes] = /tx pkts=(\d+), bytes=(\d+)/.exec(text)!;
  return { packets: Number(packets), bytes: Number(bytes) };
}
interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Waits until as many packets and bytes are counted as the switch has sent to the port. Those that the test sent are among
 * them; a kernel may have sent one by itself.
 *
 * @throws {AssertionError} If others are counted in time.
 */
async function expectCounts(
  lab: Lab,
  [name, what, port]: readonly [name: string, what: "copied" | "redirected", port: string],
  sent: Readonly<Record<Direction, number>>,
): Promise<void> {
  const none = { packets: 0, bytes: 0 };
  const read = async () => {
    const { trafficControls } = await lab.agent.state();
    const control = trafficControls.find((each) => each.name === name)!;
    const { egress = none, ingress = none } = control[what] ?? {};
    return { egress, ingress };
  };
  const counted = async () => {
    const { egress, ingress } = await read();
    return { packets: egress.packets + ingress.packets, bytes: egress.bytes + ingress.bytes };
  };
  let wanted = await sentTo(lab, port);
  await eventually("the counts", async () => {
    wanted = await sentTo(lab, port); // each time: a kernel may send one meanwhile
    return JSON.stringify(await counted()) === JSON.stringify(wanted);
  }, EXACT_WITHIN).catch(async (late) => {
    assert.deepEqual(await counted(), wanted);
    throw late;
  });
  const { egress, ingress } = await read();
  const others = wanted.packets - sent.egress - sent.ingress;
  assert.ok(others >= 0 && others <= FEW, `${others} packets that the test did not send`);
  assert.ok(
    egress.packets >= sent.egress && ingress.packets >= sent.ingress,
    `${Deno.inspect({ egress, ingress })}`,
  );
}

Deno.test("a mirror counts each copy once, in the direction of the TrafficControl that made it", async () => {
  const { lab, pods: [p1, p2, p3] } = await started();
  await using _lab = lab;
  await lab.agent.write("m.yaml", mirror("m", "tap-m"));
  await lab.agent.realized("m");
  const copies = lab.atDevice("tap-m");
  await expectFlow({ from: p1, to: p3, count: 40 }, [[copies, 1]]);
  await expectFlow({ from: p3, to: p1, count: 30, version: 6 }, [[copies, 1]]);
  await expectFlow({ from: p1, to: p2, count: 20 }, [[copies, 1]]);
  await expectCounts(lab, ["m", "copied", "tap-m"], { egress: 60, ingress: 30 });
});

Deno.test("no change of another TrafficControl begins a count anew, and no restart of the agent", async (t) => {
  const { lab, pods: [p1, _p2, p3] } = await started();
  await using _lab = lab;
  const { agent } = lab;
  await agent.write("m.yaml", mirror("m", "tap-m"));
  await agent.realized("m");
  const copies = lab.atDevice("tap-m");
  let sent = 0;
  const counted = async () => {
    await expectFlow({ from: p1, to: p3 }, [[copies, 1]]);
    sent += 20;
    await expectCounts(lab, ["m", "copied", "tap-m"], { egress: sent, ingress: 0 });
  };
  await t.step("at first", counted);
  await t.step("beside a mirror and a redirect of the same Pods", async () => {
    await agent.write("other.yaml", mirror("other", "tap-other"), redirect("r"));
    await agent.realized("m", "other", "r");
    await bridgeWire(lab.ovs, ["tap0", "tap1"]);
    await counted();
    await expectCounts(lab, ["r", "redirected", "tap0"], { egress: 20, ingress: 0 });
    await expectCounts(lab, ["other", "copied", "tap-other"], { egress: 20, ingress: 0 });
  });
  await t.step("without them", async () => {
    await agent.delete("other.yaml");
    await agent.realized("m");
    await counted();
  });
  await t.step("after a change of the TrafficControl itself", async () => {
    await agent.write("m.yaml", mirror("m", "tap-m", { appliedTo: { podSelector: {} } }));
    await agent.realized("m");
    await agent.write("m.yaml", mirror("m", "tap-m"));
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
    sent += 20;
    agent.startAgain();
    await agent.realized("m");
    await counted();
  });
});
