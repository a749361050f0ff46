/** Random worlds, one after the other on one switch, each compared with the oracle. @module */
import { Random } from "../ownership/random.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { PolicyScene } from "./scene.ts";

/** The seeds of a run: `count` fixed ones and a random one, or only that which SLUICE_TEST_SEED names. */
export function seedsOf(count: number): number[] {
  const wanted = Deno.env.get("SLUICE_TEST_SEED");
  if (wanted !== undefined) return [Number(wanted)];
  const random = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return [...Array.from({ length: count }, (_, index) => index + 1), random];
}

/** @param packets How many are sent for each seed. @throws {AssertionError} If a copy is wrong or a packet is lost. */
export async function worldsAgree(
  t: Deno.TestContext,
  seeds: readonly number[],
  packets: number,
): Promise<void> {
  await using scene = await PolicyScene.start();
  for (const seed of seeds) {
    await t.step(`seed ${seed}`, async () => {
      const random = new Random(seed);
      const world = randomWorld(random);
      await scene.apply(world);
      await scene.expectRight(randomPackets(random, packets, world), `seed ${seed}`);
    });
  }
}
