/** Two agents on one bridge: the first works, the second waits, says why, and takes over. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, podObject, sluice, TestAgent, trafficControl } from "../lab/agent.ts";
import { get } from "../lab/http.ts";
import { flowAges } from "../lab/lab.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";

const LISTEN = "127.0.0.1:10361";
/** Lines of the log that say that something was written to the switch. */
const WRITES = /Flows changed|Port (added|removed|is up)|Flooding/;

const pod = podObject({ name: "p1", mac: "02:aa:00:00:00:01", ips: ["10.9.0.1"] }, { app: "web" });
const mirror = (target: string) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
  });

/** A switch with a Pod, and an agent that mirrors it to `ids0`. */
async function start() {
  const ovs = await PrivateOvs.start();
  await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"], mac: "02:aa:00:00:00:01" });
  const first = await TestAgent.start(ovs);
  await first.write("pods.yaml", pod);
  await first.write("tc.yaml", mirror("ids0"));
  await first.realized("m");
  return { ovs, first };
}

/** A second agent, with a folder and an address of its own, which wants a mirror to `target`. */
async function startSecond(ovs: PrivateOvs, target: string, ...more: readonly string[]) {
  const manifests = join(ovs.dir, "manifests2");
  await Deno.mkdir(manifests);
  const objects = [pod, mirror(target)].map((object) => JSON.stringify(object));
  await Deno.writeTextFile(join(manifests, "all.yaml"), objects.join("\n---\n"));
  return await TestAgent.start(
    ovs,
    ["--listen", LISTEN, "--state-dir", join(ovs.dir, "state2"), ...more],
    ["--source", "files", "--manifests", manifests, "--node", "node1"],
  );
}

const ask = (ovs: PrivateOvs, path: string) => get(ovs.netns, `http://${LISTEN}${path}`);
const logged = (agent: TestAgent, line: RegExp) =>
  eventually(String(line), () => agent.log.find((each) => line.test(each)));
/** What the second agent says while it waits: once, in its log. */
const WAITS = /Blocked: nothing is written bridge=br0 reason=AnotherAgent .*process \d+ on host/;

Deno.test("the second agent writes nothing, and names the first one; when that is killed, it takes over", async () => {
  const { ovs, first } = await start();
  await using _ovs = ovs;
  await using _first = first;
  const before = await flowAges(ovs);
  first.log.length = 0;
  await using second = await startSecond(ovs, "ids1");
  await logged(second, WAITS);
  const { status, text } = await ask(ovs, "/readyz");
  assert.equal(status, 503);
  assert.match(text, new RegExp(`^bridge br0: AnotherAgent: .*process ${first.pid} on host "`));
  assert.ok(text.includes(`on host "${Deno.hostname()}"`), text);
  assert.match(text, /: stop that agent, or give this one another bridge/);
  assert.equal((await ask(ovs, "/healthz")).status, 200);
  const { stdout } = await sluice(ovs, "status", "--address", LISTEN);
  assert.match(stdout, /problem: Bridge: AnotherAgent: /);

  await first.write("tc.yaml", mirror("ids5"));
  await first.settled("a change", ({ ports }) => ports.some(({ name }) => name === "ids5"));
  await first.write("tc.yaml", mirror("ids0")); // the first one works on
  await first.settled("the change back", ({ ports }) => ports.some(({ name }) => name === "ids0"));
  assert.deepEqual(second.log.filter((line) => WRITES.test(line)), []);
  assert.equal(second.log.filter((line) => WAITS.test(line)).length, 1);
  assert.equal((await flowAges(ovs)).size, before.size);
  assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /ids1/);

  const state2 = join(ovs.dir, "state2");
  await assert.rejects(Deno.stat(state2), Deno.errors.NotFound, "only who has the lock writes it");

  await first.kill();
  await logged(second, /Bridge locked bridge=br0/);
  await eventually(
    "the second one's port",
    async () =>
      /ids1/.test(await ovs.vsctl("list-ports", "br0")) &&
      (await ask(ovs, "/readyz")).status === 200,
  );
  assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /ids0/);
  const note = await ovs.vsctl("get", "bridge", "br0", "external_ids:sluice-agent");
  assert.match(note, new RegExp(`pid=${second.pid} `));
  await eventually(
    "its last good state",
    async () => (await Array.fromAsync(Deno.readDir(state2)).catch(() => [])).length === 1,
  );
});

Deno.test("the next agent of an update waits for the end of the one before, and changes no flow", async () => {
  const { ovs, first } = await start();
  await using _ovs = ovs;
  const before = await flowAges(ovs);
  const rows = await ovs.vsctl("--columns=_uuid,ofport", "list", "interface");
  await using second = await startSecond(ovs, "ids0");
  await logged(second, WAITS);
  await first.stop();
  await eventually("the second one", async () => (await ask(ovs, "/readyz")).status === 200);
  assert.deepEqual(second.log.filter((line) => WRITES.test(line)), []);
  const after = await flowAges(ovs);
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  for (const [flow, { duration }] of before) assert.ok(after.get(flow)!.duration > duration, flow);
  assert.equal(await ovs.vsctl("--columns=_uuid,ofport", "list", "interface"), rows);
});

Deno.test("after a restart of ovsdb-server, the same agent works on, and the other one waits", async () => {
  const { ovs, first } = await start();
  await using _ovs = ovs;
  await using _first = first;
  await using second = await startSecond(ovs, "ids1");
  await logged(second, WAITS);
  second.log.length = 0;
  await ovs.killOvsdbServer();
  await logged(second, /OVSDB not connected/);
  await ovs.startOvsdbServer();
  await logged(second, /OVSDB connected/);
  await first.realized("m");
  assert.match((await ask(ovs, "/readyz")).text, /AnotherAgent/);
  assert.deepEqual(second.log.filter((line) => WRITES.test(line)), []);
  assert.match(await ovs.vsctl("list-ports", "br0"), /ids0/);
});

Deno.test("agents on two bridges of one Open vSwitch do not hinder each other", async () => {
  await using ovs = await PrivateOvs.start({ bridges: ["br0", "br1"] });
  await using first = await TestAgent.start(ovs);
  await using second = await startSecond(ovs, "ids1", "--bridge", "br1");
  for (const agent of [first, second]) await logged(agent, /Bridge locked bridge=br[01]/);
  await eventually(
    "both",
    async () =>
      (await first.get("/readyz")).status === 200 && (await ask(ovs, "/readyz")).status === 200,
  );
});

Deno.test("cleanup beside a running agent refuses with its cure; --dry-run shows, --force takes the bridge", async (t) => {
  const { ovs, first } = await start();
  await using _ovs = ovs;
  await using _first = first;
  const bridge = ["--bridge", "br0", "--ovsdb", ovs.db];
  const before = await flowAges(ovs);
  await t.step("it refuses, and removes nothing", async () => {
    const { code, stdout, stderr } = await sluice(ovs, "cleanup", ...bridge);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      new RegExp(`Cannot clean up bridge "br0": .*process ${first.pid} on host`),
    );
    assert.match(stderr, /: stop it first, or give --force/);
  });
  await t.step("--dry-run says what it would remove, and removes nothing", async () => {
    const { code, stdout } = await sluice(ovs, "cleanup", "--dry-run", ...bridge);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^Would remove ${before.size} flows and 1 ports from bridge br0`),
    );
    assert.match(stdout, /\n {2}ids0\n/);
  });
  assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
  assert.deepEqual(first.log.filter((line) => /AnotherAgent/.test(line)), []);
  await t.step("doctor says whose the bridge is", async () => {
    const { stdout } = await sluice(ovs, "doctor", ...bridge, "--manifests", first.manifests);
    assert.match(
      stdout,
      new RegExp(`ok +holder +Bridge "br0" is in the hands of .*${first.pid} on`),
    );
  });
  await t.step("--force removes all; the agent notices, and makes it again", async () => {
    const locked = () => first.log.filter((line) => line.includes("Bridge locked")).length;
    const before = locked();
    const { code, stdout } = await sluice(ovs, "cleanup", "--force", ...bridge);
    assert.equal(code, 0);
    assert.match(stdout, /^Removed \d+ flows and 1 ports from bridge br0/);
    await eventually("the lock back", () => locked() > before);
    await first.realized("m");
  });
  await t.step("after the agent's end, cleanup leaves nothing, not even its note", async () => {
    await first.kill();
    const { code, stderr } = await sluice(ovs, "cleanup", ...bridge);
    assert.equal(code, 0, stderr);
    assert.equal((await flowAges(ovs)).size, 0);
    assert.equal((await ovs.vsctl("get", "bridge", "br0", "external_ids")).trim(), "{}");
    first.startAgain();
    await first.realized("m");
  });
});
