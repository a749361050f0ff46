import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";

Deno.test("Backoff.next() doubles up to the maximum, and begins anew after reset()", () => {
  const backoff = new Backoff({ random: () => 1 });
  const pauses = Array.from({ length: 9 }, () => backoff.next());
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
  backoff.reset();
  assert.equal(backoff.next(), 10);
});

Deno.test("Backoff.next() leaves at most half of a pause to chance", () => {
  const backoff = new Backoff({ minimum: 100, maximum: 100, random: () => 0 });
  assert.equal(backoff.next(), 50);
});
