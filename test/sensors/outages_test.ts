/** Sensors of one redirect that fail together and come back one by one, or lose a device, while packets go on. */
import assert from "node:assert/strict";
import { allGoOn, Stream } from "../lab/stream.ts";
import { ipIn, run } from "../lab/run.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { rewire } from "../lab/wire.ts";
import { type Connection, connection, reversed, sensorsOf } from "./connections.ts";
import { entry, SensorScene } from "./scene.ts";

const CONNECTIONS = Array.from({ length: 300 }, (_, index) => connection(index));
const WIRES = ["", "1", "2"];
const additionalPorts = [entry(1), entry(2)];

const countersOf = ({ lab }: SensorScene) => WIRES.map((wire) => lab.atDevice(`vin${wire}-x`));

const start = (more: Readonly<Record<string, unknown>>) =>
  SensorScene.start({ ...more, additionalPorts }, 2);

async function cutAll(scene: SensorScene): Promise<void> {
  for (const wire of WIRES) await scene.cut(true, wire);
}

/** The places of sensors that connections have if only the first so many of them work. */
async function usedBy(scene: SensorScene, count: number): Promise<number[]> {
  await scene.sensorsUp(...WIRES.slice(0, count).map((wire) => `vin${wire}`));
  return await sensorsOf(scene, countersOf(scene), CONNECTIONS);
}

Deno.test("all sensors fail and come back one by one: packets pass by meanwhile, and none is lost when one is back", async (t) => {
  await using scene = await start({ failureMode: "Open" });
  const { lab, web, peer } = scene;
  const before = await usedBy(scene, 3);
  const sensors = countersOf(scene);
  await t.step("without sensors, packets pass", async () => {
    await cutAll(scene);
    await scene.conditions("Bypassed", "SensorDown", "SensorDown", "SensorDown");
    const none = sensors.map((sensor) => [sensor, 0] as const);
    for (const version of [4, 6] as const) {
      await expectFlow({ from: web, to: peer, version }, [[lab.at(peer), 1], ...none]);
      await expectFlow({ from: peer, to: web, version }, [[lab.at(web), 1], ...none]);
    }
  });
  for (const [index, wire] of WIRES.entries()) {
    await t.step(`sensor ${index} is back`, async () => {
      const stream = new Stream({ from: web, to: peer }, lab.at(peer), sensors);
      await stream.goesOn(index === 0 ? "after" : "all", async () => {
        await scene.cut(false, wire);
        await scene.sensorsUp(...WIRES.slice(0, index + 1).map((each) => `vin${each}`));
      });
      const now = await usedBy(scene, index + 1);
      assert.equal(new Set(now).size, index + 1);
      const own = before.map((place) => place <= index);
      assert.ok(own.every((isBack, at) => !isBack || now[at] === before[at]), "their own first");
    });
  }
});

Deno.test("all sensors of a redirect that fails closed fail: nothing passes until one is back", async (t) => {
  await using scene = await start({ healthProbe: {} });
  const { lab, web, peer } = scene;
  const before = await usedBy(scene, 3);
  await cutAll(scene);
  await scene.conditions("SensorDown", "SensorDown", "SensorDown");
  const [atPeer, atWeb] = [lab.at(peer), lab.at(web)];
  const each = (index: number) => CONNECTIONS[index]!;
  const back = (index: number) => reversed(each(index));
  const count = CONNECTIONS.length;
  await expectCounts(await send({ from: web, to: peer, count, rate: 600, each }), [[atPeer, 0]]);
  await expectCounts(await send({ from: peer, to: web, count, rate: 600, each: back }), [
    [atWeb, 0],
  ]);
  for (const [index, wire] of WIRES.entries()) {
    await t.step(`sensor ${index} is back`, async () => {
      await scene.cut(false, wire);
      const now = await usedBy(scene, index + 1);
      assert.equal(new Set(now).size, index + 1);
    });
  }
  assert.deepEqual(await usedBy(scene, 3), before);
});

/** Makes the device `vin1`, whose other end is part of the second wire, as it was. */
async function makeAgain({ lab: { ovs } }: SensorScene): Promise<void> {
  await ipIn(ovs.netns, "link", "add", "vin1", "type", "veth", "peer", "name", "vin1-x");
  for (const end of ["vin1", "vin1-x"]) {
    await run("ip", ["netns", "exec", ovs.netns, "ethtool", "-K", end, "tx", "off"]);
    await ipIn(ovs.netns, "link", "set", "dev", end, "up");
  }
  await rewire(ovs, ["vin1-x", "vout1-x"]);
}

for (const [what, more] of [["probed", { failureMode: "Open" }], ["not probed", {}]] as const) {
  Deno.test(`the device of a sensor is deleted and made again: the others lose nothing, it gets its own back; ${what}`, async (t) => {
    await using scene = await start(more);
    const { lab, web, peer } = scene;
    const sensors = countersOf(scene);
    const allWork = async () => {
      await scene.conditions();
      if (what === "probed") await scene.sensorsUp("vin", "vin1", "vin2");
    };
    await allWork();
    const first = await sensorsOf(scene, sensors, CONNECTIONS);
    const others = CONNECTIONS.filter((_, index) => first[index] !== 1).slice(0, 60);
    const each = (index: number): Connection => others[index % others.length]!;
    const streams = [
      new Stream({ from: web, to: peer, each }, lab.at(peer), [sensors[0]!, sensors[2]!]),
      new Stream({ from: peer, to: web, each: (index) => reversed(each(index)) }, lab.at(web), [
        sensors[0]!,
        sensors[2]!,
      ]),
    ];
    await t.step("deleted", async () => {
      await allGoOn(streams, async () => {
        await ipIn(lab.ovs.netns, "link", "del", "vin1");
        await lab.agent.settled(
          "DeviceMissing",
          ({ trafficControls: [ips] }) =>
            ips!.conditions.some(({ reason }) => reason === "DeviceMissing"),
        );
      });
      const now = await sensorsOf(scene, [sensors[0]!, sensors[2]!], CONNECTIONS);
      const moved = now.filter((place, index) => first[index] !== 1 && 2 * place !== first[index]);
      assert.deepEqual(moved, []);
    });
    await t.step("made again", async () => {
      await allGoOn(streams, async () => {
        await makeAgain(scene);
        await allWork();
      });
      assert.deepEqual(await sensorsOf(scene, countersOf(scene), CONNECTIONS), first);
    });
  });
}
