import assert from "node:assert/strict";
import { earliest } from "./alarm.ts";

Deno.test.each<[readonly number[], number]>([
  [[], Infinity],
  [[Infinity], Infinity],
  [[Infinity, 7], 7],
  [[30, 10, 20], 10],
  [[-Infinity, 10], -Infinity],
])("of waiters that are due at %o, the first one is due at %d", (times, expected) => {
  assert.equal(earliest(times.map((time) => ({ dueAt: () => time }))), expected);
});

Deno.test("a waiter is asked anew each time", () => {
  let time = 5;
  const waiters = new Set([{ dueAt: () => time }]);
  assert.equal(earliest(waiters), 5);
  time = 9;
  assert.equal(earliest(waiters), 9);
});
