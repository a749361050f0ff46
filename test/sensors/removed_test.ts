/** What is removed while a redirect is open leaves nothing behind, also if its sensor goes on afterwards. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { sluice } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { Forwarder } from "./forwarder.ts";
import { ProbeWatch } from "./probes.ts";
import { entry, SensorScene } from "./scene.ts";

/** Probes that wait in the sensor when its redirect is removed. */
const WAITING = 10;
/** Milliseconds in which a storm would be seen: a frame that goes round comes back within one. */
const WATCHED = 1000;

/** Flows with Sluice's mark, also learned ones. */
async function flows({ lab: { ovs } }: SensorScene): Promise<string[]> {
  return (await ovs.ofctl("dump-flows", "br0")).split("\n").filter((flow) => /0x51ce/.test(flow));
}

/** Waits until nothing of Sluice is left on the bridge. */
async function expectNothingLeft(scene: SensorScene): Promise<void> {
  const { lab: { ovs } } = scene;
  await eventually("no flow of Sluice", async () => (await flows(scene)).length === 0);
  await eventually("only the Pods' ports", async () => {
    const ports = (await ovs.vsctl("list-ports", "br0")).trim().split("\n").sort();
    return JSON.stringify(ports) === JSON.stringify(["p1", "p2"]);
  });
}

const notes = ({ lab: { ovs } }: SensorScene) => ovs.vsctl("get", "bridge", "br0", "external_ids");

/** Removes a redirect, whose sensor hangs with packets and probes in it, and lets the sensor go on. */
async function removesNothingElse(remove: (scene: SensorScene) => Promise<void>): Promise<void> {
  await using scene = await SensorScene.prepare(1);
  const { lab, web, peer } = scene;
  await using forwarder = await Forwarder.in(scene);
  await scene.apply({ failureMode: "Open", additionalPorts: [entry(1)] });
  await scene.sensorsUp("vin", "vin1");
  assert.match(await notes(scene), /sluice-places/);
  const { netns } = lab.ovs;
  using probes = new ProbeWatch("probes", { netns, device: "vin-x" });
  const begin = probes.look();
  const atPeer = lab.at(peer);
  forwarder.stop();
  await scene.cut(true, "1");
  await scene.conditions("Bypassed", "SensorDown", "SensorDown");
  await eventually("waiting probes", () => probes.look() >= begin + WAITING);

  await remove(scene);
  await expectNothingLeft(scene);
  using at = new ProbeWatch("web", web);
  using atOther = new ProbeWatch("peer", peer);
  const before = probes.look();
  forwarder.goOn();
  await scene.cut(false, "1");
  await delay(WATCHED);
  assert.deepEqual([at.look(), atOther.look(), probes.look() - before], [0, 0, 0], "probes");
  assert.ok(at.others + atOther.others < WAITING, "a storm");
  await expectFlow({ from: web, to: peer }, [[atPeer, 1]]);
}

Deno.test("a redirect that is deleted while it is open leaves nothing behind", () =>
  removesNothingElse(async (scene) => {
    await scene.lab.agent.delete("tc.yaml");
    await scene.lab.agent.realized();
    assert.doesNotMatch(await notes(scene), /sluice-places/);
  }));

Deno.test("cleanup of a bridge while a redirect is open leaves nothing behind", () =>
  removesNothingElse(async (scene) => {
    const { lab: { ovs, agent } } = scene;
    await agent.stop();
    const { code, stderr } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(await notes(scene), /sluice/);
  }));

Deno.test("a Pod whose redirect is deleted while it is open keeps all its packets", async () => {
  await using scene = await SensorScene.start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  await scene.sensorsUp("vin");
  await scene.cut(true);
  await scene.conditions("Bypassed", "SensorDown");
  const at = lab.at(peer);
  const done = new AbortController();
  const count = Number.MAX_SAFE_INTEGER;
  const sending = send({ from: web, to: peer, count, rate: 200, signal: done.signal });
  await lab.agent.delete("tc.yaml");
  await lab.agent.realized();
  await expectNothingLeft(scene);
  done.abort();
  await expectCounts(await sending, [[at, 1]]);
});
