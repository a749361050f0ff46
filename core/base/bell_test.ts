import assert from "node:assert/strict";
import { Bell } from "./bell.ts";

/** Whether a promise has been resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true);
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

Deno.test("a bell: any number of rings wake once, those before the wait too", async () => {
  const bell = new Bell();
  const { signal } = new AbortController();
  for (let ring = 0; ring < 3; ring++) bell.ring();
  await bell.heard(signal);
  const next = bell.heard(signal);
  assert.equal(await isDone(next), false);
  bell.ring();
  assert.equal(await isDone(next), true);
});

Deno.test("a bell: an abort ends the wait, also one that begins later", async () => {
  const bell = new Bell();
  const stop = new AbortController();
  const waiting = bell.heard(stop.signal);
  stop.abort();
  await waiting;
  await bell.heard(stop.signal);
});
