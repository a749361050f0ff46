/** Short chaos runs. Long ones: `deno task chaos --seed N --minutes M`. */
import assert from "node:assert/strict";
import { chaos } from "./run.ts";

/** Its bursts have almost all operations, and a second agent. What a seed does is the same each time. */
const FIXED = 160;
const RANDOM = Number(
  Deno.env.get("SLUICE_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
/** Each takes about 6 s on two idle cores. */
const PERIODS = 3;

for (const seed of [FIXED, RANDOM]) {
  Deno.test(`chaos with seed ${seed}: after each of ${PERIODS} bursts the switch is as a fresh agent wants it, and packets say so`, async () => {
    const { quiet, operations } = await chaos({ seed, goesOn: (quiet) => quiet < PERIODS });
    assert.equal(quiet, PERIODS);
    assert.ok(operations >= PERIODS);
  });
}
