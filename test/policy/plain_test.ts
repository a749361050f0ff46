/** What compares the copies with the oracle, on mirrors without rules: it finds what is wrong, and nothing else. */
import assert from "node:assert/strict";
import { Random } from "../ownership/random.ts";
import { EVERYONE, type Mirror, type World } from "./oracle.ts";
import { build } from "./packets.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { PolicyScene } from "./scene.ts";
import { mirrorOf, podsOf, shapeOf } from "./world.ts";

const SEEDS = [1, 2, 3];
const PACKETS = 600;
const CUT = "output(port=t0,max_len=64)";

Deno.test("mirrors without rules: every sort of packet is copied whole and once", async (t) => {
  await using scene = await PolicyScene.start();
  for (const seed of SEEDS) {
    await t.step(`seed ${seed}`, async () => {
      const random = new Random(seed);
      const world = randomWorld(random, { plain: true });
      await scene.apply(world);
      await scene.expectRight(randomPackets(random, PACKETS, world), `seed ${seed}`);
    });
  }
});

Deno.test("a copy too many, a missing one, and one that is not cut are found", async () => {
  await using scene = await PolicyScene.start();
  const mirrored: World = { pods: podsOf("p1", "p2"), mirrors: [mirrorOf("m", { app: "p1" })] };
  await scene.apply(mirrored);
  const packets = [shapeOf("p1", "p2"), shapeOf("p2", "p3"), shapeOf("p2", EVERYONE)].map(build);
  const judgedBy = async (mirror: Mirror) => {
    const faults = await scene.faults(packets, { ...mirrored, mirrors: [mirror] });
    return faults.map((fault) => fault.slice(0, fault.indexOf(":", fault.indexOf(":") + 1)));
  };
  assert.deepEqual(await judgedBy(mirrorOf("m", { app: "p1" })), []);
  assert.deepEqual(await judgedBy(mirrorOf("m", { app: "p1" }, { direction: "Ingress" })), [
    "t0: 200, not nothing",
  ]);
  assert.deepEqual(await judgedBy(mirrorOf("m", { team: "all" })), ["t0: nothing, not 200"]);
  assert.deepEqual(await judgedBy(mirrorOf("m", { app: "p1" }, { truncateBytes: 64 })), [
    "t0: 200, not 64",
    "t0: 200, not 64",
  ]);
});

Deno.test("copies that a flow written by hand cuts to 64 bytes are known again, of every sort of packet", async () => {
  await using scene = await PolicyScene.start();
  const pods = podsOf("p1", "p2");
  const other = mirrorOf("other", { app: "p2" });
  await scene.apply({ pods, mirrors: [other] });
  const { ovs } = scene.lab;
  await ovs.ofctl("add-flow", "br0", `priority=65535,in_port=p1,actions=${CUT},NORMAL`);
  await ovs.emptyCache();
  const egress = mirrorOf("cut", { app: "p1" }, { direction: "Egress", truncateBytes: 64 });
  const world: World = { pods, mirrors: [other, egress] };
  const packets = randomPackets(new Random(1), PACKETS * 3, world)
    .filter(({ packet: { from, to } }) => from === "p1" && !["p2", EVERYONE].includes(to));
  assert.ok(packets.length > PACKETS / 4);
  assert.deepEqual(await scene.faults(packets, world), []);
});
