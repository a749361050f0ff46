/**
 * Mirrors with random rules and cuts, against an oracle that was written apart from the compiler. A seed that fails is
 * run alone by `SLUICE_TEST_SEED=N`.
 */
import { seedsOf, worldsAgree } from "./worlds.ts";

const PACKETS = 1000;
/** Seeds that are the same in each run; one more is random. */
const FIXED = 12;

Deno.test("random rules and cuts: each target gets the copies that the oracle says, and Pods get all packets", async (t) => {
  await worldsAgree(t, seedsOf(FIXED), PACKETS);
});
