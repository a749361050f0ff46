/** What was counted, as the status of a node tells it: rarely, and never too much. */
import assert from "node:assert/strict";
import { type ControlCounts, LIMITS } from "../../../core/api.ts";
import { NodeCounts, toTexts } from "./node_counts.ts";

const MINUTE = 60_000;
const count = (packets: number) => ({ packets, bytes: 90 * packets });

/** A node whose counts and clock can be set. */
function start(nodes = 1) {
  const world = { now: 0, counts: new Map<string, ControlCounts>() };
  const reports = { counted: () => Promise.resolve(world.counts) };
  return {
    world,
    counts: new NodeCounts({ reports, pace: { nodes }, now: () => world.now }),
    copied: (packets: number) => void world.counts.set("m", { copied: { egress: count(packets) } }),
  };
}

Deno.test("the counts of a TrafficControl are a text for each thing that is done", () => {
  const counts = new Map<string, ControlCounts>([
    ["r", { redirected: { ingress: count(0) }, copied: { egress: count(1) } }],
    ["m", { copied: { egress: count(12), ingress: count(3) } }],
  ]);
  assert.deepEqual(toTexts(counts), [
    "m copied egress 12/1080 ingress 3/270",
    "r redirected ingress 0/0",
    "r copied egress 1/90",
  ]);
});

Deno.test("counts alone are to be read every ten minutes, and more rarely in a large cluster", async () => {
  for (const [nodes, minutes] of [[1, 10], [1000, 10], [6000, 50]] as const) {
    const { world, counts } = start(nodes);
    assert.equal(counts.wait, minutes * MINUTE);
    world.now += minutes * MINUTE;
    assert.equal(counts.wait, 0);
    await counts.read("");
    assert.equal(counts.wait, minutes * MINUTE);
  }
});

Deno.test("counts are news if they are others than those that were written", async () => {
  const { counts, copied } = start();
  assert.deepEqual(await counts.read(""), { isNews: false }, "the switch does not answer");
  copied(1);
  const first = await counts.read("");
  assert.deepEqual([first.isNews, first.counted], [true, ["m copied egress 1/90"]]);
  counts.wrote(first);
  assert.equal((await counts.read("")).isNews, false);
  copied(2);
  assert.equal((await counts.read("")).isNews, true);
});

Deno.test("counts that do not fit into 32 KB with the rest are not told, and none of them", async () => {
  const { counts, copied } = start();
  copied(1);
  const size = JSON.stringify(["m copied egress 1/90"]).length;
  assert.ok((await counts.read("x".repeat(LIMITS.statusCounts - size))).counted);
  assert.deepEqual(await counts.read("x".repeat(LIMITS.statusCounts - size + 1)), {
    isNews: false,
  });
});
