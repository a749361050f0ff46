/** Bridges with a spanning tree: to it, the two ports of a pair are a loop. */
import assert from "node:assert/strict";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { Echo } from "../lab/wire.ts";
import { DeviceBench, DEVICES } from "./bench.ts";

const OFF = ["other_config:rstp-enable=false", "other_config:stp-enable=false"];
/** Starts the spanning tree. The owner's ports do not take part in it, so that they forward at once. */
async function start({ ovs, pods }: Lab, column: "stp_enable" | "rstp_enable"): Promise<void> {
  for (const { name } of pods) await ovs.vsctl("set", "port", name, ...OFF);
  await ovs.vsctl("set", "bridge", "br0", `${column}=true`);
}

/** The devices that take part in the spanning tree, once it runs. */
async function members({ ovs }: Lab, protocol: "stp" | "rstp"): Promise<string[]> {
  const shown = await eventually("the spanning tree", async () => {
    const text = await ovs.appctl(`${protocol}/show`, "br0");
    return text.includes("Root ID") && text;
  });
  return DEVICES.filter((name) => new RegExp(`^\\s*${name}\\b`, "m").test(shown));
}

Deno.test.each(["rstp", "stp"] as const)(
  "%s on the bridge, started before the redirect, and after it: every frame passes the sensor and is copied",
  async (protocol) => {
    await using bench = await DeviceBench.start((lab) => start(lab, `${protocol}_enable`));
    const { lab, lab: { ovs, agent } } = bench;
    await bench.works();
    assert.deepEqual(await members(lab, protocol), []);
    await ovs.vsctl("set", "bridge", "br0", `${protocol}_enable=false`);
    await bench.works();
    agent.log.length = 0;
    await start(lab, `${protocol}_enable`);
    assert.deepEqual(await members(lab, protocol), []);
    await bench.works();
    assert.deepEqual(agent.log.filter((line) => /Flows changed|Port /.test(line)), []);
  },
);

Deno.test("rows of an earlier version leave the spanning tree when the agent starts; ports and flows stay", async () => {
  await using bench = await DeviceBench.start((lab) => start(lab, "rstp_enable"));
  const { lab: { ovs, agent } } = bench;
  await bench.works();
  const ports = async () =>
    (await ovs.vsctl("-f", "csv", "--columns=name,_uuid,ofport", "list", "interface")).split("\n")
      .sort();
  const before = await ports();
  await agent.kill();
  for (const name of DEVICES) await ovs.vsctl("clear", "port", name, "other_config");
  agent.startAgain();
  await bench.works();
  assert.deepEqual(await ports(), before);
  assert.deepEqual(agent.log.filter((line) => /Flows changed|Port (added|removed)/.test(line)), []);
});

Deno.test("a pair with a port of the owner's in a spanning tree is refused, traffic goes on, and the cure works", async () => {
  await using bench = await DeviceBench.start(({ ovs }) => ovs.vsctl("add-port", "br0", "vout"));
  const { lab, lab: { ovs, agent } } = bench;
  await bench.works();
  await start(lab, "rstp_enable");
  assert.deepEqual(await members(lab, "rstp"), ["vout"]);
  const { trafficControls: [m, r] } = await agent.settled(
    "a condition",
    ({ trafficControls }) => trafficControls.some(({ conditions }) => conditions.length > 0),
  );
  assert.deepEqual([m?.realized, r?.realized], [true, false]);
  assert.equal(r?.conditions[0]?.reason, "SpanningTree");
  assert.deepEqual(await bench.p1.ping(bench.p2.ip()), { sent: 5, received: 5 });
  const [, command] = /^run "ovs-vsctl ([^"]+)"/.exec(r.conditions[0].cure!)!;
  await ovs.vsctl(...command!.split(" "));
  await bench.works();
});

Deno.test("internal ports of the owner, which take part in no spanning tree, are used for a pair", async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const { ovs, agent } = lab;
  await start(lab, "stp_enable");
  const names = ["own0", "own1"] as const;
  for (const name of names) {
    await ovs.vsctl("add-port", "br0", name, "--", "set", "interface", name, "type=internal");
    await ipIn(ovs.netns, "link", "set", "dev", name, "up");
  }
  const [target, returned] = names.map((name) => ({ device: { name } }));
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write(
    "tc.yaml",
    trafficControl("r", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Redirect",
      targetPort: target,
      returnPort: returned,
    }),
  );
  await agent.realized("r");
  const shown = await ovs.appctl("stp/show", "br0");
  assert.doesNotMatch(shown, /own\d/);
  using _echo = Echo.between(ovs, names, 0);
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("own0"), 1]]);
});
