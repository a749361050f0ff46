/** Several sensors share the connections of a Pod: which sensor a connection gets, and what changes that. */
import assert from "node:assert/strict";
import type { PrivateOvs } from "../lab/ovs.ts";
import { ofport } from "../lab/lab.ts";
import { connection, sensorsOf } from "./connections.ts";
import { entry, SensorScene } from "./scene.ts";

/** A sensor gets its share to within this part of it. */
const UNEVEN = 0.05;
const MANY = Array.from({ length: 10_000 }, (_, index) => connection(index));
const SOME = MANY.slice(0, 2000);

/** The sensors that connections had which now have another one. */
const moved = (before: readonly number[], after: readonly number[]) =>
  before.flatMap((sensor, index) => sensor === after[index] ? [] : [sensor]);

/** Checks that each sensor has got as many connections as its weight says. */
function assertShares(found: readonly number[], weights: readonly number[]): void {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [place, weight] of weights.entries()) {
    const share = found.filter((sensor) => sensor === place).length / found.length;
    assert.ok(Math.abs(share * all / weight - 1) < UNEVEN, `sensor ${place}: ${share}`);
  }
}

const countersOf = ({ lab }: SensorScene, names: readonly string[]) =>
  names.map((name) => lab.atDevice(`${name}-x`));

Deno.test("10,000 random connections: each has one sensor for both directions, and only those of a sensor that fails move", async (t) => {
  const additionalPorts = [entry(1), entry(2), entry(3)];
  await using scene = await SensorScene.start({ failureMode: "Open", additionalPorts }, 3);
  const counters = countersOf(scene, ["vin", "vin1", "vin2", "vin3"]);
  await scene.sensorsUp("vin", "vin1", "vin2", "vin3");
  const first = await sensorsOf(scene, counters, MANY);

  await t.step("each sensor gets its share", () => assertShares(first, [1, 1, 1, 1]));
  await t.step("if one fails, only its connections move", async () => {
    await scene.cut(true, "1");
    await scene.sensorsUp("vin", "vin2", "vin3");
    const now = await sensorsOf(scene, counters, MANY);
    assert.ok(now.every((sensor) => sensor !== 1));
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step("and they come back", async () => {
    await scene.cut(false, "1");
    await scene.sensorsUp("vin", "vin1", "vin2", "vin3");
    assert.deepEqual(moved(first, await sensorsOf(scene, counters, MANY)), []);
  });
});

/** Gives the ports of the sensors other numbers while neither the agent nor the switch runs. */
async function renumber(ovs: PrivateOvs, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const number = `ofport_request=${100 - index}`;
    await ovs.vsctl("--no-wait", "set", "interface", name, number);
  }
}

Deno.test("a sensor keeps its place when others come and go, and over restarts", async (t) => {
  const additionalPorts = [entry(1), entry(2)];
  await using scene = await SensorScene.start({ failureMode: "Open", additionalPorts }, 3);
  const { lab } = scene;
  const counters = countersOf(scene, ["vin", "vin1", "vin2", "vin3"]);
  await scene.sensorsUp("vin", "vin1", "vin2");
  const first = await sensorsOf(scene, counters, SOME);

  await t.step("one that is taken out of the middle leaves its place empty", async () => {
    await scene.apply({ failureMode: "Open", additionalPorts: [entry(2)] });
    await scene.sensorsUp("vin", "vin2");
    const now = await sensorsOf(scene, counters, SOME);
    assert.ok(now.every((sensor) => sensor !== 1));
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step("also after a restart of agent and switch with other numbers of ports", async () => {
    const names = ["vin", "vout", "vin2", "vout2"];
    const numbers = () => Promise.all(names.map((name) => ofport(lab.ovs, name)));
    const before = await numbers();
    await lab.agent.stop();
    await lab.ovs.killVswitchd();
    await renumber(lab.ovs, names);
    await lab.ovs.startVswitchd();
    await lab.ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL"); // the owner does so
    lab.agent.startAgain();
    await lab.agent.realized("ips");
    await scene.sensorsUp("vin", "vin2");
    const after = await numbers();
    assert.ok(after.every((number, index) => number !== before[index]), `${before} ${after}`);
    const now = await sensorsOf(scene, counters, SOME);
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step("put back, it gets its place again", async () => {
    await scene.apply({ failureMode: "Open", additionalPorts: [entry(2), entry(1)] });
    await scene.sensorsUp("vin", "vin1", "vin2");
    assert.deepEqual(moved(first, await sensorsOf(scene, counters, SOME)), []);
  });
  await t.step("a further one takes a part of each", async () => {
    await scene.apply({ failureMode: "Open", additionalPorts: [entry(2), entry(1), entry(3)] });
    await scene.sensorsUp("vin", "vin1", "vin2", "vin3");
    const now = await sensorsOf(scene, counters, SOME);
    assert.ok(now.every((sensor, index) => sensor === first[index] || sensor === 3));
    assert.equal(new Set(moved(first, now)).size, 3);
  });
});

for (const balanceBy of ["Connection", "Addresses"]) {
  Deno.test(`a sensor gets as many shares as its weight says: balanceBy ${balanceBy}`, async () => {
    const additionalPorts = [entry(1, 2), entry(2)];
    await using scene = await SensorScene.start({ additionalPorts, balanceBy }, 2);
    const counters = countersOf(scene, ["vin", "vin1", "vin2"]);
    assertShares(await sensorsOf(scene, counters, MANY), [1, 2, 1]);
  });
}
