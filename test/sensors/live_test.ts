/** What live connections lose while sensors come, go and fail: nothing, but for those of a sensor that fails. */
import assert from "node:assert/strict";
import { unread } from "../lab/lab.ts";
import { allGoOn, Stream } from "../lab/stream.ts";
import { send } from "../lab/traffic.ts";
import { connection, placesOf, reversed, sendEach } from "./connections.ts";
import { entry, losses, SensorScene } from "./scene.ts";

const CONNECTIONS = Array.from({ length: 60 }, (_, index) => connection(index));
/** Packets per second and direction, and how many are sent while a sensor fails. */
const [RATE, COUNT] = [500, 2400];

const each = (index: number) => CONNECTIONS[index % CONNECTIONS.length]!;
const eachBack = (index: number) => reversed(each(index));

const namesOf = (wires: readonly number[]) => ["vin", ...wires.map((wire) => `vin${wire}`)];

/** A Pod that is redirected through these wires and that of the name `vin`, all of which work. */
async function start(wires: readonly number[], made: number): Promise<SensorScene> {
  const additionalPorts = wires.map((wire) => entry(wire));
  const scene = await SensorScene.start({ failureMode: "Open", additionalPorts }, made);
  await scene.sensorsUp(...namesOf(wires));
  return scene;
}

Deno.test("sensors come and go without a loss: live connections go on in both directions", async (t) => {
  await using scene = await start([1, 2], 3);
  const { lab, web, peer } = scene;
  const sensors = namesOf([1, 2, 3]).map((name) => lab.atDevice(`${name}-x`));
  const streams = [
    new Stream({ from: web, to: peer, each }, lab.at(peer), sensors),
    new Stream({ from: peer, to: web, each: eachBack }, lab.at(web), sensors),
  ];
  const steps: readonly [string, readonly number[]][] = [
    ["one more", [1, 2, 3]],
    ["one less, in the middle", [2, 3]],
    ["one less, at the end", [2]],
    ["both again, in another order", [3, 2, 1]],
  ];
  for (const [what, wires] of steps) {
    await t.step(what, async () => {
      const additionalPorts = wires.map((wire) => entry(wire));
      await allGoOn(streams, async () => {
        await scene.apply({ failureMode: "Open", additionalPorts });
        await scene.sensorsUp(...namesOf(wires));
      });
    });
  }
});

Deno.test("of live connections, a sensor that fails loses packets of its own only, and none when it works again", async () => {
  await using scene = await start([1, 2], 2);
  const { lab, web, peer } = scene;
  const sensors = namesOf([1, 2]).map((name) => lab.atDevice(`${name}-x`));
  const ways = [
    { from: web, to: peer, each, at: lab.at(peer) },
    { from: peer, to: web, each: eachBack, at: lab.at(web) },
  ];
  const flows = () => ways.map((way) => ({ ...way, rate: RATE, count: COUNT }));
  const neverRead = () => Promise.all(ways.map(({ from }) => unread(lab.ovs, from)));
  const placeOf = placesOf(await sendEach([web, peer], ways[0]!.at, CONNECTIONS), sensors);
  const before = await neverRead();
  const sending = flows().map(send);
  await scene.cut(true, "1");
  await scene.sensorsUp("vin", "vin2");
  const sent = await Promise.all(sending);
  const never = await neverRead();
  for (const [way, { at }] of ways.entries()) {
    const found = CONNECTIONS.map((_, connection) =>
      losses(sent[way]!.filter((_, index) => index % CONNECTIONS.length === connection), at)
    );
    const others = found.filter((_, connection) => placeOf[connection] !== 1);
    assert.ok(others.every(({ lost }) => lost === 0), `${at.name}: ${JSON.stringify(others)}`);
    assert.ok(found.some(({ lost }) => lost > 0), "the cut was in the midst of the stream");
    assert.ok(found.every(({ twice }) => twice === 0));
    // The cache of the switch changes entry by entry, so each connection has a gap of its own.
    const beside = found.reduce((sum, { besideTheGap }) => sum + besideTheGap, 0);
    assert.ok(beside <= never[way]! - before[way]!, `${at.name}: ${JSON.stringify(found)}`);
  }
  const streams = ways.map((way) => new Stream(way, way.at, sensors));
  await allGoOn(streams, async () => {
    await scene.cut(false, "1");
    await scene.sensorsUp("vin", "vin1", "vin2");
  });
});
