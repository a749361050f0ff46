/** Chaos without a switch. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../lab/run.ts";

const SEED = Number(
  Deno.env.get("SLUICE_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
const OPERATIONS = 10_000;
/** MiB. What the compiler keeps of hot code varies by about one. */
const GROWTH = 3;

Deno.test(`after ${OPERATIONS} random operations a model wants what a new one wants, with seed ${SEED}, and has not grown`, async () => {
  const program = join(import.meta.dirname!, "model_run.ts");
  const args = ["run", "-A", "--no-check", "--v8-flags=--expose-gc", program];
  const heap: number[] = JSON.parse(
    await run(Deno.execPath(), [...args, `${SEED}`, `${OPERATIONS}`]),
  );
  const [first] = heap;
  assert.ok(heap.at(-1)! - first! < GROWTH, `MiB of the heap: ${heap.join(", ")}`);
});
