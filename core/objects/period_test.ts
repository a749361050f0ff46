/** When TrafficControls are in effect, by their times. */
import assert from "node:assert/strict";
import { periodOf, periodProblems } from "./period.ts";
import type { Period } from "./types.ts";

const CREATED = "2026-01-01T00:00:00Z";
const BIRTH = Date.parse(CREATED);

Deno.test.each<[Parameters<typeof periodOf>[0], string | undefined, Period | undefined]>([
  [{}, CREATED, undefined],
  [{ from: 5 }, undefined, { from: 5 }],
  [{ until: 9 }, undefined, { until: 9 }],
  [{ lasts: 1000 }, CREATED, { until: BIRTH + 1000 }],
  [{ from: 5, lasts: 1000 }, CREATED, { from: 5, until: 1005 }],
  [{ from: 5, until: 600, lasts: 1000 }, CREATED, { from: 5, until: 600 }],
  [{ from: 5, until: 2000, lasts: 1000 }, undefined, { from: 5, until: 1005 }],
])("the period of %o, created at %o", (limits, creationTimestamp, wanted) => {
  const created = creationTimestamp === undefined ? {} : { creationTimestamp };
  assert.deepEqual(periodOf(limits, created), wanted);
});

Deno.test.each<[Parameters<typeof periodProblems>[0], string | undefined, string[]]>([
  [{ from: 5, until: 6 }, undefined, []],
  [{ from: 0, until: 0 }, undefined, [
    "/spec: must end after it begins: begins at 1970-01-01T00:00:00Z, ends at 1970-01-01T00:00:00Z",
  ]],
  [{ lasts: 1 }, CREATED, []],
  [{ lasts: 1, from: 5 }, undefined, []],
  [{ lasts: 1, until: 5 }, undefined, [
    "/spec: lasts for a time, but nothing says from when: write startTime, as only the API server writes creationTimestamp",
  ]],
])("what is wrong with %o, created at %o", (limits, creationTimestamp, wanted) => {
  const created = creationTimestamp === undefined ? {} : { creationTimestamp };
  const found = periodProblems(limits, created);
  assert.deepEqual(found.map(({ path, message }) => `${path}: ${message}`), wanted);
});
