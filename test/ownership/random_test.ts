/** The owner's state stays as it is, byte for byte, however Sluice ends and whatever the owner does meanwhile. */
import assert from "node:assert/strict";
import { sluice, TestAgent } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { CONTROLS, furnish, MANIFESTS, talk, TRUNK, wire } from "./owner.ts";
import { KINDS } from "./ours.ts";
import { Random } from "./random.ts";
import { World } from "./world.ts";
import type { TestPod } from "../lab/pod.ts";
import { devices, difference, type Snapshot, snapshot } from "./snapshot.ts";

interface Scene {
  readonly ovs: PrivateOvs;
  readonly agent: TestAgent;
  readonly pods: [TestPod, TestPod];
}

async function cleanup(ovs: PrivateOvs): Promise<void> {
  const { code, stderr } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
  assert.equal(code, 0, stderr);
}

/** Checks that the switch has nothing of Sluice's any more, and all of the owner's as before. */
async function assertUntouched(ovs: PrivateOvs, before: Snapshot): Promise<void> {
  const after = await snapshot(ovs);
  assert.equal(after.exact, before.exact, difference(before.exact, after.exact));
  assert.deepEqual(after.own, []);
}

/** Kills the agent as soon as a line of its log matches: in the middle of a round. */
async function killedAt({ agent, pods }: Scene, said: RegExp): Promise<void> {
  for (const [file, objects] of Object.entries(MANIFESTS)) {
    await agent.write(file, ...objects(pods));
  }
  await eventually(`${said} in the log`, () => agent.log.some((line) => said.test(line)));
  await agent.kill();
}

type End = readonly [string, (scene: Scene, before: Snapshot) => Promise<void>];

/** Ways in which Sluice's work ends: what happens, and after the colon who removes what Sluice has made. */
const ENDS: readonly End[] = [
  ["the agent is stopped: cleanup", async (scene, before) => {
    await inUse(scene, before);
    await scene.agent.stop();
    await cleanup(scene.ovs);
  }],
  ["the agent is killed: cleanup", async (scene, before) => {
    await inUse(scene, before);
    await scene.agent.kill();
    await cleanup(scene.ovs);
  }],
  ...[/Port added/, /Flooding stopped/, /Flows changed/].map((
    said,
  ): End => [`the agent is killed at "${said.source}": cleanup`, async (scene: Scene) => {
    await killedAt(scene, said);
    await cleanup(scene.ovs);
  }]),
  ["the agent is killed while a pair drains: cleanup", async (scene, before) => {
    await inUse(scene, before);
    await scene.agent.delete("controls.yaml");
    await scene.agent.realized();
    await scene.agent.kill();
    assert.ok((await snapshot(scene.ovs)).own.some((line) => /in_port/.test(line)), "it drains");
    await cleanup(scene.ovs);
  }],
  ["the TrafficControls are deleted: the agent", async (scene, before) => {
    await inUse(scene, before);
    await scene.agent.delete("controls.yaml");
    await scene.agent.realized();
    await eventually("that it drained", async () => (await snapshot(scene.ovs)).own.length === 0);
    await assertUntouched(scene.ovs, before);
    await scene.agent.stop();
  }],
];

/** Waits until all TrafficControls are realized and packets pass the pair. The owner's state must be as before. */
async function inUse({ ovs, agent, pods }: Scene, before: Snapshot): Promise<void> {
  for (const [file, objects] of Object.entries(MANIFESTS)) {
    await agent.write(file, ...objects(pods));
  }
  await agent.realized(...Object.keys(CONTROLS));
  await wire(ovs);
  await eventually("the wire", async () => await talk(pods) === 6);
  const during = await snapshot(ovs);
  assert.equal(during.exact, before.exact, difference(before.exact, during.exact));
  assert.equal(during.ownPorts.length, 8);
  assert.ok(during.own.length > 60, during.own.join("\n"));
  await ovs.exec("ip", "link", "del", "w-tap0");
}

Deno.test("what is removed is exactly what Sluice has made, byte for byte", async (t) => {
  await using ovs = await PrivateOvs.start({ bridges: TRUNK });
  const pods = await furnish(ovs);
  assert.equal(await talk(pods), 6);
  const before = await snapshot(ovs);
  const links = await devices(ovs);
  assert.deepEqual(before.own, []);
  for (const [end, bringAbout] of ENDS) {
    const passed = await t.step(end, async () => {
      await using agent = await TestAgent.start(ovs);
      await bringAbout({ ovs, agent, pods }, before);
      await assertUntouched(ovs, before);
      assert.equal(await devices(ovs), links, difference(links, await devices(ovs)));
      for (const file of Object.keys(MANIFESTS)) await agent.delete(file).catch(() => {});
      // The datapath keeps cached flows for a moment after the flows that they were made from.
      await eventually("packets as before", async () => await talk(pods) === 6);
    });
    if (!passed) return; // what is left over would disturb the next step
  }
});

/** Number of changes in a run, and of changes between two comparisons. */
const [CHANGES, ROUND] = [1000, 25];
const SEED = Number(
  Deno.env.get("SLUICE_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
/** The rounds after which ovs-vswitchd or ovsdb-server is killed and started again. */
const RESTARTS: Readonly<Record<number, "restartSwitch" | "restartDatabase">> = {
  6: "restartSwitch",
  13: "restartDatabase",
  21: "restartSwitch",
  29: "restartDatabase",
  35: "restartSwitch",
};

Deno.test(`Sluice changes nothing of the owner in 1,000 random changes, seed ${SEED}`, async () => {
  await using world = await World.start(new Random(SEED));
  const { ours, counts, ovs } = world;
  for (let round = 1; round <= CHANGES / ROUND; round++) {
    await world.round(ROUND);
    const restart = RESTARTS[round];
    if (restart) await world[restart]();
  }
  assert.equal(counts.foreign + counts.ours, CHANGES);
  assert.ok(counts.foreign > CHANGES / 2 && counts.ours > CHANGES / 4, JSON.stringify(counts));
  assert.deepEqual([counts.switchRestarts, counts.databaseRestarts], [3, 2]);
  assert.ok(ours.restarts > 10, `${ours.restarts}`);
  // By chance, a kind of target may have been only for Pods that had no port whenever the state was read.
  const never = () => [...KINDS].filter((kind) => !ours.realized.has(kind));
  for (let round = 1; never().length > 0; round++) {
    assert.ok(round <= CHANGES / ROUND, `never in the datapath: ${never()}`);
    await world.round(ROUND);
  }
  if (!ours.running) ours.start();
  await ours.settle();
  await ours.agent.stop();
  ours.running = false;
  await cleanup(ovs);
  const after = await world.agree();
  assert.deepEqual(after.own, []);
});
