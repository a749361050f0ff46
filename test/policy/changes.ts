/** Random changes of mirrors while packets never pause. @module */
import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { Random } from "../ownership/random.ts";
import { LiveTraffic } from "./live.ts";
import type { World } from "./oracle.ts";
import { randomUnicast, randomWorld } from "./random.ts";
import { HOSTS } from "./world.ts";

const FLOWS = 60;
/** How many faults a failed test shows. */
const SHOWN = 8;

/** Applies worlds one after the other while packets never pause, each of which must be there after two seconds. */
export async function eachAgrees(
  t: Deno.TestContext,
  random: Random,
  worlds: readonly (readonly [string, World])[],
): Promise<void> {
  await using lab = await Lab.start(HOSTS.length);
  await using traffic = await LiveTraffic.start(lab, randomUnicast(random, FLOWS));
  for (const [name, world] of worlds) {
    await t.step(name, async () => {
      const faults = await traffic.faultsAfter(world);
      const text = [
        `${faults.length} faults`,
        JSON.stringify(world.mirrors),
        ...faults.slice(0, SHOWN),
      ];
      assert.equal(faults.length, 0, text.join("\n"));
    });
  }
}

/** The mirrors of one world, of which each step changes the rules and cuts of some. At the end there are none. */
export async function changesAgree(
  t: Deno.TestContext,
  seed: number,
  count: number,
): Promise<void> {
  const random = new Random(seed);
  const worlds: World[] = [randomWorld(random)];
  while (worlds.length < count) worlds.push(changed(random, worlds.at(-1)!));
  const named = worlds.map((world, index) => [`seed ${seed}, change ${index}`, world] as const);
  const none = { pods: worlds[0]!.pods, mirrors: [] };
  await eachAgrees(t, random, [...named, [`seed ${seed}, no mirror`, none]]);
}

/** Mirrors get what those of another random world have, or go, or come. */
function changed(random: Random, { pods, mirrors }: World): World {
  const other = randomWorld(random).mirrors.filter(({ spec }) =>
    pods.some(({ labels }) => labels.app === spec.appliedTo.podSelector.matchLabels.app) ||
    "team" in spec.appliedTo.podSelector.matchLabels
  );
  const kept = mirrors.filter(() => random.chance(70));
  const names = new Set(kept.map(({ metadata }) => metadata.name));
  const come = other.filter(({ metadata }) => !names.has(metadata.name) && random.chance(60));
  return { pods, mirrors: [...kept, ...come] };
}
