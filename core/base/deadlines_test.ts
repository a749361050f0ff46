import assert from "node:assert/strict";
import { Deadlines } from "./deadlines.ts";

Deno.test("deadlines run out in their order, whichever was started first", async () => {
  using deadlines = new Deadlines();
  const told: string[] = [];
  const last = Promise.withResolvers<void>();
  deadlines.start(Infinity, () => told.push("never"));
  deadlines.start(NaN, () => told.push("at once"));
  // Far apart: on a busy machine there may be many milliseconds between two starts.
  deadlines.start(900, () => last.resolve());
  deadlines.start(600, () => told.push("second"));
  deadlines.start(300, () => told.push("first"));
  await last.promise;
  assert.deepEqual(told, ["at once", "first", "second"]);
});

Deno.test("a deadline that is disposed of does not run out, and those after it do", async () => {
  using deadlines = new Deadlines();
  const told: string[] = [];
  const last = Promise.withResolvers<void>();
  const early = deadlines.start(5, () => told.push("early"));
  deadlines.start(15, () => last.resolve());
  early[Symbol.dispose]();
  await last.promise;
  assert.deepEqual(told, []);
});

Deno.test("a deadline may start another one, and stop one that has run out, too", async () => {
  using deadlines = new Deadlines();
  const last = Promise.withResolvers<void>();
  const told: string[] = [];
  const second = { stop: () => {} };
  deadlines.start(1, () => {
    second.stop();
    deadlines.start(1, () => last.resolve());
  });
  const stopped = deadlines.start(1, () => told.push("stopped"));
  second.stop = () => stopped[Symbol.dispose]();
  await last.promise;
  assert.deepEqual(told, []);
});

/** Milliseconds. */
const HOUR = 3_600_000;

Deno.test("no timer is left when all are disposed of together", () => {
  const deadlines = new Deadlines();
  let acted = 0;
  deadlines.start(HOUR, () => acted++);
  deadlines[Symbol.dispose]();
  assert.equal(acted, 0); // Deno fails a test that leaves a timer
});
