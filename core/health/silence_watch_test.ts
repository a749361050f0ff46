/** When the counters of sensors without probes are read, and what is told of them. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { SilenceWatch } from "./silence_watch.ts";

const ONE = { id: "one", target: 1, return: 2 };
const OTHER = { id: "other", target: 3, return: 4 };
const NOT_COUNTED = 2n ** 64n - 1n;

/** A switch whose ports count a packet in each direction for each millisecond, except that silent ports get none. */
function start() {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const asked: number[] = [];
  const told: string[] = [];
  const world = { silent: new Set<number>(), uncounted: new Set<number>(), isConnected: true };
  const stop = new AbortController();
  const counted = new Map<number, bigint>();
  const portStats = (number: number) => {
    asked.push(number);
    const rxPackets = world.uncounted.has(number) ? NOT_COUNTED : counted.get(number) ?? 0n;
    return Promise.resolve({ number, rxPackets, txPackets: BigInt(now), rxBytes: 0n, txBytes: 0n });
  };
  const watch = new SilenceWatch({
    client: () => world.isConnected ? { portStats } : undefined,
    onChange: (id, evidence) => void told.push(`${id}: ${evidence}`),
    now: () => now,
  });
  const running = watch.run(stop.signal);
  const pass = async (seconds: number) => {
    for (const end = now + 1000 * seconds; now < end;) {
      now += 100;
      for (const port of [2, 4]) if (!world.silent.has(port)) counted.set(port, BigInt(now));
      mock.timers.tick(100);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
  };
  const end = async () => {
    stop.abort();
    await running;
    mock.timers.reset();
  };
  return { watch, world, asked, told, pass, [Symbol.asyncDispose]: end };
}

Deno.test("without sensors nothing is asked; with them, two counters of each every 4 s", async () => {
  await using scene = start();
  await scene.pass(60);
  assert.deepEqual(scene.asked, []);
  scene.watch.setPairs([ONE, OTHER]);
  await scene.pass(39);
  assert.equal(scene.asked.length, 40);
  assert.deepEqual(scene.asked.slice(0, 4), [1, 2, 3, 4]);
  scene.watch.setPairs([]);
  await scene.pass(4);
  scene.asked.length = 0;
  await scene.pass(60);
  assert.deepEqual(scene.asked, []);
});

Deno.test("each sensor is judged by itself, and each change is told once", async () => {
  await using scene = start();
  scene.watch.setPairs([ONE, OTHER]);
  scene.world.silent.add(4);
  await scene.pass(60);
  assert.equal(scene.told.length, 1);
  assert.match(scene.told[0]!, /^other: \d+ packets went into it in 12 s, and none came back$/);
  scene.world.silent.clear();
  await scene.pass(5);
  assert.deepEqual(scene.told.slice(1), ["other: undefined"]);
});

Deno.test("nothing is said any more of a silent sensor that is not watched, or has other ports", async () => {
  await using scene = start();
  scene.watch.setPairs([ONE, OTHER]);
  scene.world.silent.add(2).add(4);
  await scene.pass(20);
  assert.equal(scene.told.length, 2);
  scene.watch.setPairs([ONE, OTHER]);
  assert.equal(scene.told.length, 2);
  scene.watch.setPairs([{ ...ONE, target: 3 }]);
  assert.deepEqual(scene.told.slice(2), ["one: undefined", "other: undefined"]);
});

Deno.test("a window begins anew after a time without a connection", async () => {
  await using scene = start();
  scene.watch.setPairs([ONE]);
  await scene.pass(1);
  scene.world.silent.add(2);
  scene.world.isConnected = false;
  await scene.pass(60);
  scene.world.isConnected = true;
  await scene.pass(10);
  assert.deepEqual(scene.told, []);
  await scene.pass(10);
  assert.equal(scene.told.length, 1);
});

Deno.test("a port whose device does not count packets says nothing", async () => {
  await using scene = start();
  scene.watch.setPairs([ONE]);
  scene.world.uncounted.add(2);
  await scene.pass(60);
  assert.deepEqual(scene.told, []);
});
