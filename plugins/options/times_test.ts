/** Options `startTime`, `endTime`, `activeDeadlineSeconds`: their values, their forms, what is wrong with them. */
import assert from "node:assert/strict";
import { judge } from "./testing/judge.ts";
import startTime from "./start_time.ts";
import activeDeadlineSeconds from "./active_deadline_seconds.ts";

const NOON = "2026-12-24T12:00:00Z";
const FORM =
  /does not fit: A time in the form of RFC 3339 with its zone, e.g. 2026-12-24T18:00:00Z/;

Deno.test.each<[string, string, number]>([
  ["whole seconds", NOON, Date.UTC(2026, 11, 24, 12)],
  ["another zone", "2026-12-24T13:00:00+01:00", Date.UTC(2026, 11, 24, 12)],
  ["parts of a second", "2026-12-24T12:00:00.25Z", Date.UTC(2026, 11, 24, 12, 0, 0, 250)],
  ["a leap day", "2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
])("a time with %s: %s", (_, text, wanted) => {
  assert.deepEqual(startTime.effect(text), { from: wanted });
});

Deno.test("a number of seconds is a time that a TrafficControl lasts", () =>
  assert.deepEqual(activeDeadlineSeconds.effect(90), { lasts: 90_000 }));

Deno.test.each<[Record<string, unknown>, Record<string, string>, RegExp | undefined]>([
  [{ startTime: NOON }, {}, undefined],
  [{ startTime: NOON, endTime: "2026-12-24T12:00:01Z", activeDeadlineSeconds: 1 }, {}, undefined],
  [
    {},
    { "sluice.dev/start-time": NOON, "sluice.dev/end-time": `"2027-01-01T00:00:00Z"` },
    undefined,
  ],
  [{ startTime: NOON }, { "sluice.dev/active-deadline-seconds": "3600" }, undefined],
  [{ startTime: "noon" }, {}, FORM],
  [{ startTime: "2026-12-24" }, {}, FORM],
  [{ startTime: "2026-12-24T12:00:00" }, {}, FORM],
  [
    { startTime: "2026-02-30T12:00:00Z" },
    {},
    /startTime: must be a time that exists: is 2026-02-30/,
  ],
  [{ endTime: "2026-12-24T25:00:00Z" }, {}, /endTime: must be a time that exists/],
  [{}, { "sluice.dev/end-time": "soon" }, FORM],
  [
    { startTime: NOON, endTime: NOON },
    {},
    /\/spec: must end after it begins: begins at 2026-12-24T12:00:00Z/,
  ],
  [{ activeDeadlineSeconds: 60 }, {}, /nothing says from when: write startTime/],
  [{ startTime: NOON, activeDeadlineSeconds: 0 }, {}, /activeDeadlineSeconds: must be >= 1/],
  [{ startTime: NOON, activeDeadlineSeconds: 1.5 }, {}, /activeDeadlineSeconds: must be integer/],
])("a Mirror with %o and annotations %o", (spec, annotations, wanted) => {
  const found = judge("Mirror", spec, annotations);
  if (!wanted) assert.equal(found, undefined);
  else assert.match((found as readonly string[]).join("\n"), wanted);
});
