/** Where the last good state is kept: damaged, not to be written, none, given up, shared. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../../core/report/state.ts";
import { podObject, sluice, TestAgent } from "../lab/agent.ts";
import { get } from "../lab/http.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { rewire } from "../lab/wire.ts";
import { Bench, halfOf, issue, mirror } from "./bench.ts";

Deno.test("a damaged memory is said and ignored; the agent works", async () => {
  await using bench = await Bench.start();
  const { agent } = bench;
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await agent.kill();
  const text = await Deno.readTextFile(await bench.stateFile());
  await Deno.writeTextFile(await bench.stateFile(), text.slice(0, text.length / 2));
  agent.startAgain();
  await agent.realized("r");
  assert.ok(issue("m.yaml")(await agent.state()));
  assert.ok(
    agent.log.some((line) => /warning State not read file=.*br0\.files\..*\.json/.test(line)),
  );
  await bench.treated({ mirrored: false, redirected: true });
});

Deno.test("a state folder that cannot be written is an issue, warned of once; the agent works", async () => {
  const file = await Deno.makeTempFile({ prefix: "sls" });
  try {
    await using bench = await Bench.start(["--state-dir", join(file, "state")]);
    const { agent } = bench;
    await bench.treated({ mirrored: true, redirected: true });
    const { issues } = await agent.settled("an issue", ({ issues }) => issues.length > 0);
    assert.match(
      issues.join("\n"),
      /br0\.files\.[^/]*\.json: cannot be written: .*last good state$/,
    );
    const { stdout } = await sluice(bench.lab.ovs, "status");
    assert.ok(stdout.split("\n").includes(`  ${issues[0]}`), stdout);
    const warnings = agent.log.filter((line) => /warning State not written/.test(line));
    assert.equal(warnings.length, 1);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("--state-dir none keeps nothing, and is no issue", async () => {
  await using bench = await Bench.start(["--state-dir", "none"]);
  const { agent } = bench;
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await bench.treated({ mirrored: true, redirected: true });
  await agent.kill();
  agent.startAgain();
  const { issues } = await agent.realized("r");
  assert.equal(issues.length, 1);
  await bench.treated({ mirrored: false, redirected: true });
  await assert.rejects(Deno.stat(bench.folder), Deno.errors.NotFound);
});

Deno.test("with the gate off the state is removed, and does not come back with the gate", async () => {
  await using bench = await Bench.start();
  const { agent, lab: { ovs } } = bench;
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), issue("m.yaml"));
  await agent.stop();
  const off = join(ovs.dir, "off.conf");
  await Deno.writeTextFile(off, "featureGates: {TrafficControl: false}\n");
  agent.startAgain("--config", off);
  await agent.settled("nothing", ({ ports }) => ports.length === 0);
  await bench.treated({ mirrored: false, redirected: false });
  assert.deepEqual([...Deno.readDirSync(bench.folder)], []);
  await agent.stop();
  agent.startAgain();
  await agent.realized("r");
  await rewire(ovs, ["tap0", "tap1"]);
  await bench.treated({ mirrored: false, redirected: true });
});

const SECOND = "127.0.0.1:10361";

Deno.test("two agents on two bridges share a state folder, and nothing in it", async () => {
  await using bench = await Bench.start();
  const { agent, lab: { ovs } } = bench;
  await ovs.addBridge("br1");
  const manifests = join(ovs.dir, "manifests1");
  await Deno.mkdir(manifests);
  const pod = { name: "q1", mac: "02:bb:00:00:00:01", ips: ["10.9.1.1/24"] };
  await ovs.vsctl("add-port", "br1", "q1", "--", "set", "interface", "q1", "type=internal");
  const write = (name: string, text: string) => Deno.writeTextFile(join(manifests, name), text);
  await write("web.yaml", stringify(podObject(pod as unknown as TestPod, { app: "web" })));
  await write("m.yaml", stringify(mirror("ids1")));
  const source = ["--source", "files", "--manifests", manifests];
  const args = ["--bridge", "br1", "--listen", SECOND];
  await using second = await TestAgent.start(ovs, args, source);
  /** None while it starts. */
  const state = async (): Promise<State | undefined> => {
    const { status, text } = await get(ovs.netns, `http://${SECOND}/api/v1/state`);
    return status === 200 ? JSON.parse(text) : undefined;
  };
  const portsOf = async () => (await state())?.ports.map(({ name }) => name).join();
  await eventually("br1 mirrored", async () => await portsOf() === "ids1");
  await bench.remembered(2);
  await eventually("both remembered", async () => {
    const text = await bench.kept("br1");
    return text.includes("TrafficControl/m") && text.includes("ids1");
  });
  await agent.kill();
  await second.kill();
  await write("m.yaml", halfOf(mirror("ids1")));
  await Deno.writeTextFile(join(agent.manifests, "m.yaml"), halfOf(mirror("ids0")));
  agent.startAgain();
  second.startAgain();
  await eventually("br1 as before", async () => {
    const { issues, trafficControls: [tc] } = await state() ?? { issues: [], trafficControls: [] };
    return issues.length === 1 && tc?.realized === true && tc.target === "ids1";
  });
  const { ports } = await agent.settled("the issue", issue("m.yaml"));
  assert.deepEqual(ports.map(({ name }) => name).sort(), ["ids0", "tap0", "tap1"]);
  await bench.treated({ mirrored: true, redirected: true });
});
