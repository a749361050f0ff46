/** Several sensors share the connections of a Pod: which sensor a connection gets, and what changes that. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Counter } from "../lab/traffic.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { entry, SensorScene } from "./scene.ts";

const CONNECTIONS = 900;
/** Packets per second. Each is the first one of a connection, for which the switch asks its flows. */
const RATE = 600;
/** A sensor gets its share to within this part of it: of so few connections, chance alone gives it 4 % more or less. */
const UNEVEN = 0.12;
const SENSORS = ["vin", "vin1", "vin2"];

/** The two addresses of a connection. Packets to a Pod are known by its MAC, so any addresses will do. */
const ends = (index: number): [string, string] => [address(10, index), address(172, ~index)];

/** The same address for the same number, and without a pattern: addresses that follow a pattern are spread unevenly. */
function address(first: number, index: number): string {
  const [a, b, c] = createHash("sha256").update(`${first} ${index}`).digest();
  return `${first}.${a}.${b}.${c}`;
}

/** Sends a packet of each connection each way. @returns By connection, the place of the sensor that got both packets. */
async function sensorsOf(scene: SensorScene, counters: readonly Counter[]): Promise<number[]> {
  const { lab, web, peer } = scene;
  using atPeer = lab.at(peer);
  using atWeb = lab.at(web);
  const there = await send({
    from: web,
    to: peer,
    count: CONNECTIONS,
    rate: RATE,
    each: (index) => ({ source: ends(index)[0], destination: ends(index)[1] }),
  });
  await expectCounts(there, [[atPeer, 1]]);
  const back = await send({
    from: peer,
    to: web,
    count: CONNECTIONS,
    rate: RATE,
    each: (index) => ({ source: ends(index)[1], destination: ends(index)[0] }),
  });
  await expectCounts(back, [[atWeb, 1]]);
  counters.forEach((counter) => counter.look());
  const sensorOf = (id: number) => counters.flatMap((at, i) => new Array(at.count(id)).fill(i));
  const found = there.map((id, index) => [sensorOf(id), sensorOf(back[index]!)]);
  const asymmetric = found.filter(([one, other]) => one!.length !== 1 || one![0] !== other![0]);
  assert.deepEqual(asymmetric.length, 0, JSON.stringify(asymmetric.slice(0, 5)));
  return found.map(([sensors]) => sensors![0] as number);
}

const moved = (before: readonly number[], after: readonly number[]) =>
  before.flatMap((sensor, index) => sensor === after[index] ? [] : [sensor]);

Deno.test("connections are spread over sensors, evenly, and each keeps its sensor", async (t) => {
  const additionalPorts = [entry(1), entry(2)];
  await using scene = await SensorScene.start({ failureMode: "Open", additionalPorts }, 3);
  const { lab } = scene;
  const counters = [...SENSORS, "vin3"].map((name) => lab.atDevice(`${name}-x`));
  await scene.sensorsUp("vin", "vin1", "vin2");
  const first = await sensorsOf(scene, counters);

  await t.step("each sensor gets its share", () => {
    for (const sensor of SENSORS.keys()) {
      const share = first.filter((each) => each === sensor).length / CONNECTIONS;
      assert.ok(Math.abs(share * SENSORS.length - 1) < UNEVEN, `sensor ${sensor}: ${share}`);
    }
  });
  await t.step("if one fails, only its connections move", async () => {
    await scene.cut(true, "1");
    await scene.sensorsUp("vin", "vin2");
    const now = await sensorsOf(scene, counters);
    assert.ok(now.every((sensor) => sensor !== 1));
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step("and they come back", async () => {
    await scene.cut(false, "1");
    await scene.sensorsUp("vin", "vin1", "vin2");
    assert.deepEqual(moved(first, await sensorsOf(scene, counters)), []);
  });
  await t.step("a sensor that is taken out of the middle leaves its place empty", async () => {
    await scene.apply({ failureMode: "Open", additionalPorts: [entry(2)] });
    await scene.sensorsUp("vin", "vin2");
    const now = await sensorsOf(scene, counters);
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step("also after a restart of the agent and of the switch", async () => {
    await lab.agent.stop();
    await lab.ovs.killVswitchd();
    await lab.ovs.startVswitchd();
    await lab.ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL"); // the owner does so
    lab.agent.startAgain();
    await scene.sensorsUp("vin", "vin2");
    const now = await sensorsOf(scene, counters);
    assert.ok(moved(first, now).every((sensor) => sensor === 1));
  });
  await t.step(
    "put back, it gets its place again, and a further one takes a part of each",
    async () => {
      await scene.apply({ failureMode: "Open", additionalPorts: [entry(2), entry(1)] });
      await scene.sensorsUp("vin", "vin1", "vin2");
      assert.deepEqual(moved(first, await sensorsOf(scene, counters)), []);
      await scene.apply({ failureMode: "Open", additionalPorts: [entry(2), entry(1), entry(3)] });
      await scene.sensorsUp("vin", "vin1", "vin2", "vin3");
      const now = await sensorsOf(scene, counters);
      assert.ok(now.every((sensor, index) => sensor === first[index] || sensor === 3));
    },
  );
});

Deno.test("a sensor gets as many shares as its weight says", async () => {
  const additionalPorts = [entry(1, 2)];
  await using scene = await SensorScene.start({ additionalPorts, balanceBy: "Addresses" }, 1);
  const counters = ["vin-x", "vin1-x"].map((name) => scene.lab.atDevice(name));
  const found = await sensorsOf(scene, counters);
  const share = found.filter((sensor) => sensor === 1).length / CONNECTIONS;
  assert.ok(Math.abs(share / (2 / 3) - 1) < UNEVEN, `${share}`);
});
