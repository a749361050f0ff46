/** TrafficControls, Pods, Namespaces and devices come and go: what is selected is treated, and then nothing is left. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab, ofport } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { leftovers, mirror, type Spec } from "./ours.ts";

Deno.test("what is selected is treated, and nothing else, as TrafficControls, Pods and Namespaces come and go", async (t) => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const { agent } = lab;
  const [at2] = [lab.at(p2)];
  const treated = async (times: number) => {
    const tap = lab.atDevice("tap0");
    await expectFlow({ from: p1, to: p2, count: 5 }, [[at2, 1], [tap, times]]);
  };
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p2.yaml", podObject(p2, {}));
  await agent.write("tc.yaml", mirror("m", "tap0"));
  await agent.realized("m");
  await t.step("selected", () => treated(1));
  await t.step("a label changes", async () => {
    await agent.write("p1.yaml", podObject(p1, { app: "db" }));
    await agent.settled("unselected", ({ trafficControls: [tc] }) => tc?.pods.length === 0);
    await treated(0);
    await agent.write("p1.yaml", podObject(p1, { app: "web" }));
    await agent.settled(
      "selected",
      ({ trafficControls: [tc] }) => tc?.pods.length === 1 && tc.realized,
    );
    await treated(1);
  });
  await t.step("a selector changes", async () => {
    await agent.write(
      "tc.yaml",
      mirror("m", "tap0", { appliedTo: { namespaceSelector: { matchLabels: { team: "a" } } } }),
    );
    await agent.settled("unselected", ({ trafficControls: [tc] }) => tc?.pods.length === 0);
    await treated(0);
  });
  await t.step("a Namespace gets the label, and loses it", async () => {
    const namespace = (labels: Spec) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "default", labels },
    });
    await agent.write("ns.yaml", namespace({ team: "a" }));
    await agent.settled(
      "selected",
      ({ trafficControls: [tc] }) => tc?.pods.length === 2 && tc.realized,
    );
    await treated(1);
    await agent.delete("ns.yaml");
    await agent.settled("unselected", ({ trafficControls: [tc] }) => tc?.pods.length === 0);
    await treated(0);
  });
  await t.step(
    "a Pod that is finished, on the host network or on another node is not selected",
    async () => {
      await agent.write("tc.yaml", mirror("m", "tap0", { appliedTo: { podSelector: {} } }));
      const object = podObject(p1, { app: "web" }) as { spec?: Spec; status: Spec };
      for (
        const changed of [
          { ...object, status: { ...object.status, phase: "Succeeded" } },
          { ...object, spec: { hostNetwork: true } },
          { ...object, spec: { nodeName: "other" } },
        ]
      ) {
        await agent.write("p1.yaml", changed);
        await agent.settled(
          "unselected",
          ({ trafficControls: [tc] }) => tc?.pods.join() === "default/p2",
        );
      }
      await agent.write("p1.yaml", object);
      await agent.settled(
        "selected",
        ({ trafficControls: [tc] }) => tc?.pods.length === 2 && tc.realized,
      );
      await treated(1);
    },
  );
  await t.step("a file that is broken keeps its last good state, and says so", async () => {
    await Deno.writeTextFile(
      `${agent.manifests}/tc.yaml`,
      "kind: TrafficControl\nmetadata: {name: m\n",
    );
    const { issues } = await agent.settled("an issue", ({ issues }) => issues.length > 0);
    assert.match(issues[0]!, /tc\.yaml:\d+: /);
    await treated(1);
    await agent.write("tc.yaml", mirror("m", "tap0", { appliedTo: { podSelector: {} } }));
    await agent.settled("no issue", ({ issues }) => issues.length === 0);
  });
  await t.step("a Pod goes, and comes again with another port number", async () => {
    await agent.delete("p1.yaml");
    await p1.remove();
    await agent.settled("gone", ({ pods }) => pods.length === 1);
    const again = await lab.addPod("p1", { ofport: 77 });
    await introduce(again, p2);
    await agent.write("p1.yaml", podObject(again, { app: "web" }));
    await agent.settled(
      "there",
      ({ pods }) => pods[0]?.ports[0]?.ofport === 77 && pods[0].ports[0].egress !== undefined,
    );
    await expectFlow({ from: again, to: p2 }, [[at2, 1], [lab.atDevice("tap0"), 1]]);
  });
  await t.step("the TrafficControl goes: nothing is left", async () => {
    await agent.delete("tc.yaml");
    await agent.realized();
    assert.deepEqual(await leftovers(lab), []);
  });
});

Deno.test("a device that appears late is used at once; other people's flows and ports are not touched", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await ovs.ofctl("add-flow", "br0", "table=7,cookie=0x77,priority=3,ip,actions=drop");
  await ovs.vsctl("add-port", "br0", "theirs", "--", "set", "interface", "theirs", "type=internal");
  await ovs.vsctl("set", "bridge", "br0", "external_ids:owner=them");
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write(
    "tc.yaml",
    trafficControl("late", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: { device: { name: "late0" } },
    }),
    trafficControl("theirs", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: { device: { name: "theirs" } },
    }),
  );
  const state = await agent.settled(
    "a condition",
    ({ trafficControls }) =>
      trafficControls[1]?.realized === true &&
      trafficControls[0]?.conditions[0]?.reason === "DeviceMissing",
  );
  assert.deepEqual(state.trafficControls.map(({ name, realized }) => [name, realized]), [[
    "late",
    false,
  ], ["theirs", true]]);
  await ipIn(ovs.netns, "link", "add", "name", "late0", "type", "veth", "peer", "name", "late0-x");
  for (const name of ["late0", "late0-x"]) {
    await ipIn(ovs.netns, "link", "set", "dev", name, "up");
  }
  await agent.realized("late", "theirs");
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("late0-x"), 1]]);
  await agent.stop();
  const cleaned = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
  assert.equal(cleaned.code, 0, cleaned.stderr);
  assert.match(cleaned.stdout, /Removed \d+ flows and 1 ports from bridge br0\.\n {2}late0\n/);
  assert.deepEqual(await leftovers(lab), ["theirs"]);
  assert.match(
    await ovs.ofctl("dump-flows", "--no-stats", "br0", "table=7"),
    /cookie=0x77, table=7, priority=3,ip actions=drop/,
  );
  assert.match(await ovs.vsctl("get", "bridge", "br0", "external_ids"), /owner=them/);
  assert.ok(await ofport(ovs, "theirs") > 0);
});

Deno.test("a redirect that goes: its pair drains, and then nothing is left, learned flows neither", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const { agent, ovs } = lab;
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write(
    "tc.yaml",
    trafficControl("r", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: internal("tap0"),
      returnPort: internal("tap1"),
    }),
  );
  await agent.realized("r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  const [at1, sensor] = [lab.at(p1), lab.atDevice("tap0")];
  await expectFlow({ from: p2, to: p1 }, [[at1, 1], [sensor, 1]]);
  assert.match(await ovs.ofctl("dump-flows", "br0"), /^ cookie=0x51ce0001/m);
  await agent.delete("tc.yaml");
  await agent.realized();
  await expectFlow({ from: p2, to: p1 }, [[at1, 1], [sensor, 0]]);
  assert.match(
    await ovs.ofctl("dump-flows", "br0"),
    /in_port=\d+ actions=set_field:0x\w+->reg15/,
    "it drains",
  );
  await eventually("an empty bridge", async () => (await leftovers(lab)).length === 0);
  const lines = () =>
    agent.log.map((line) =>
      line.split(/\s+/).slice(2).join(" ").replace(/ (in|add|kind|ofport)=.*/, "")
    );
  const expected = [
    "TrafficControl realized name=r pods=1",
    "TrafficControl removed name=r",
    "Port removed port=tap0",
    "Port removed port=tap1",
  ];
  // The rows are gone a moment before the agent knows and says so.
  await eventually(
    `${expected} in the log`,
    () => expected.every((line) => lines().includes(line)),
    2000,
  );
});
