/** What is read to know whether TrafficControls see packets, and how often. Time is played. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { TrafficWatch } from "./traffic_watch.ts";

const MINUTE = 60;

/** A switch that counts packets of `busy` in each second, and none of `idle`. @param time Seconds. */
function start(time: number, ...names: string[]) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const world = { names, reads: 0, now: 0, told: [] as string[], idlePackets: 0 };
  const stop = new AbortController();
  const watch = new TrafficWatch({
    time: time * 1000,
    names: () => world.names,
    read: () => {
      world.reads++;
      return Promise.resolve(new Map([["busy", world.now], ["idle", world.idlePackets]]));
    },
    onChange: (quiet) => void world.told.push([...quiet].join()),
    now: () => world.now,
  });
  const running = watch.run(stop.signal);
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      world.now += 1000;
      mock.timers.tick(1000);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
  };
  const end = async () => {
    stop.abort();
    await running;
    mock.timers.reset();
  };
  return { watch, world, pass, [Symbol.asyncDispose]: end };
}

Deno.test("without TrafficControls nothing is read; with them, all at once every minute", async () => {
  await using scene = start(10 * MINUTE);
  await scene.pass(MINUTE);
  assert.equal(scene.world.reads, 0);
  scene.world.names = ["busy", "idle"];
  scene.watch.wake();
  await scene.pass(5 * MINUTE);
  assert.ok(scene.world.reads >= 5 && scene.world.reads <= 6, `${scene.world.reads}`);
  scene.world.names = [];
  await scene.pass(MINUTE);
  scene.world.reads = 0;
  await scene.pass(10 * MINUTE);
  assert.equal(scene.world.reads, 0);
});

Deno.test("the one without packets is told once, and its first packet is seen within a minute", async () => {
  await using scene = start(10 * MINUTE, "busy", "idle");
  await scene.pass(9 * MINUTE);
  assert.deepEqual(scene.world.told, []);
  await scene.pass(2 * MINUTE);
  assert.deepEqual(scene.world.told, ["idle"]);
  scene.world.idlePackets = 1;
  await scene.pass(MINUTE + 1);
  assert.deepEqual(scene.world.told, ["idle", ""]);
});

Deno.test("what somebody else has read counts at once", async () => {
  await using scene = start(10 * MINUTE, "idle");
  await scene.pass(11 * MINUTE);
  assert.deepEqual(scene.world.told, ["idle"]);
  scene.watch.take(new Map([["idle", 1]]));
  assert.deepEqual(scene.world.told, ["idle", ""]);
});

Deno.test("however short the time is, nothing is read more often than every 10 s; with no time, never", async () => {
  {
    await using scene = start(10, "idle");
    await scene.pass(MINUTE);
    assert.ok(scene.world.reads <= 7, `${scene.world.reads}`);
    assert.deepEqual(scene.world.told, ["idle"]);
  }
  await using scene = start(0, "idle");
  scene.watch.take(new Map([["idle", 0]]));
  await scene.pass(MINUTE);
  assert.deepEqual([scene.world.reads, scene.world.told], [0, []]);
});
