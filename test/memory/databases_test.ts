/** To which Open vSwitch a last good state belongs: bridges of two databases have the same name. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestAgent } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { Bench, databaseID, halfOf, issue, mirror } from "./bench.ts";

const BROKEN = issue("m.yaml");

Deno.test("a bridge of the same name in another Open vSwitch gets nothing of the last good state", async () => {
  await using bench = await Bench.start();
  const { folder, lab: { agent } } = bench;
  await bench.remembered(2);
  await using other = await PrivateOvs.start();
  await other.vsctl("add-port", "br0", "q1", "--", "set", "interface", "q1", "type=internal");
  await using second = await TestAgent.start(other, ["--state-dir", folder], [
    ...["--source", "files", "--manifests", agent.manifests],
  ]);
  await second.settled("both", ({ trafficControls }) => trafficControls.length === 2);
  const own = join(folder, `br0.files.${await databaseID(other)}.json`);
  await eventually("a file of its own", async () => {
    const text = await Deno.readTextFile(own).catch(() => "");
    return text.includes("TrafficControl/m") && text.includes("/m.yaml");
  });
  await second.kill();
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), BROKEN);
  second.startAgain();
  const { trafficControls } = await second.settled("the issue", BROKEN);
  // This Open vSwitch has seen the file whole, too: it has a last good state of its own.
  assert.deepEqual(trafficControls.map(({ name }) => name), ["m", "r"]);
  await second.kill();
  await using third = await PrivateOvs.start();
  await using stranger = await TestAgent.start(third, ["--state-dir", folder], [
    ...["--source", "files", "--manifests", agent.manifests],
  ]);
  const { trafficControls: strangers } = await stranger.settled("the issue", BROKEN);
  assert.deepEqual(strangers.map(({ name }) => name), ["r"]);
});

Deno.test("the state of an earlier version, which knew no databases, is taken over once, where Sluice has made something", async () => {
  await using bench = await Bench.start();
  const { agent, folder } = bench;
  const earlier = join(folder, "br0.files.json");
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), BROKEN);
  await agent.kill();
  await Deno.rename(await bench.stateFile(), earlier);

  await using other = await PrivateOvs.start();
  await using second = await TestAgent.start(other, ["--state-dir", folder], [
    ...["--source", "files", "--manifests", agent.manifests],
  ]);
  const { trafficControls } = await second.settled("the issue", BROKEN);
  assert.deepEqual(trafficControls.map(({ name }) => name), ["r"], "nothing here was Sluice's");
  assert.ok(second.log.some((line) => /State left alone file=.*br0\.files\.json/.test(line)));
  await second.kill();

  agent.startAgain();
  await agent.settled(
    "as before",
    ({ trafficControls, ...state }) => BROKEN(state as never) && trafficControls.length === 2,
  );
  assert.ok(agent.log.some((line) => /State taken over file=.*br0\.files\.json/.test(line)));
  await assert.rejects(Deno.stat(earlier), Deno.errors.NotFound);
  await bench.treated({ mirrored: true, redirected: true });
});

Deno.test("OVSDB comes after the agent: the last good state is there before the first change", async () => {
  await using bench = await Bench.start();
  const { agent, lab: { ovs } } = bench;
  await bench.remembered(2);
  await bench.spoil("m.yaml", halfOf(mirror("ids0")), BROKEN);
  await agent.kill();
  await ovs.killOvsdbServer();
  agent.startAgain();
  // What sources say is shown meanwhile; what is broken is not known yet.
  await eventually("the agent's API", async () => {
    const { status, text } = await agent.get("/api/v1/state");
    return status === 200 && /"name":"r"/.test(text) && /OVSDB at .* does not answer/.test(text);
  });
  await ovs.startOvsdbServer();
  await agent.settled(
    "as before",
    ({ trafficControls }) =>
      trafficControls.length === 2 && trafficControls.every(({ realized }) => realized),
  );
  assert.deepEqual(agent.log.filter((line) => /Flows changed|Port (added|removed)/.test(line)), []);
  await bench.treated({ mirrored: true, redirected: true });
});
