/** TrafficControls that begin and end, by a clock that the test sets. */
import assert from "node:assert/strict";
import { Schedule } from "./schedule.ts";
import { mirror } from "../testing/fixtures.ts";

const [FROM, UNTIL] = [Date.parse("2026-12-24T18:00:00Z"), Date.parse("2026-12-24T20:00:00.5Z")];

function scheduleAt(time: number) {
  const clock = { at: time, monotonic: 500 };
  const schedule = new Schedule({ time: () => clock.at, now: () => clock.monotonic });
  return { schedule, clock };
}
const planned = (name: string, period: { from?: number; until?: number }) => ({
  ...mirror(name, "1", "tap0"),
  period,
});

Deno.test.each<[number, string, object]>([
  [FROM - 1, "Pending It begins at 2026-12-24T18:00:00Z", { from: FROM, until: UNTIL }],
  [FROM, "in effect", { from: FROM, until: UNTIL }],
  [UNTIL - 1, "in effect", { from: FROM, until: UNTIL }],
  [UNTIL, "Expired It ended at 2026-12-24T20:00:00.500Z", { from: FROM, until: UNTIL }],
  [FROM - 1, "Pending It begins at 2026-12-24T18:00:00Z", { from: FROM }],
  [UNTIL, "in effect", { from: FROM }],
  [FROM, "in effect", { until: UNTIL }],
  [UNTIL, "Expired It ended at 2026-12-24T20:00:00.500Z", { until: UNTIL }],
])("at %d a TrafficControl is %s, with the period %o", (time, wanted, period) => {
  const { schedule } = scheduleAt(time);
  schedule.set(planned("m", period));
  const refusal = schedule.refusal("m");
  assert.equal(refusal ? `${refusal.reason} ${refusal.message}` : "in effect", wanted);
});

Deno.test("each is named when it begins and when it ends, also after the clock was set", () => {
  const { schedule, clock } = scheduleAt(FROM - 10);
  schedule.set(planned("a", { from: FROM, until: UNTIL }));
  schedule.set(planned("b", { until: UNTIL }));
  schedule.set(mirror("always", "1", "tap0"));
  const turns: readonly (readonly [number, readonly string[]])[] = [
    [FROM - 10, []],
    [FROM - 1, []],
    [FROM, ["a"]],
    [FROM + 1, []],
    [UNTIL + 5, ["a", "b"]],
    [FROM - 1, ["a", "b"]], // set back
    [FROM - 2, []],
    [FROM, ["a"]],
  ];
  for (const [time, wanted] of turns) {
    clock.at = time;
    assert.deepEqual(schedule.turn(), wanted, `${time - FROM} ms after the beginning`);
  }
  schedule.delete("a");
  clock.at = UNTIL;
  assert.deepEqual(schedule.turn(), ["b"]);
});

Deno.test("one that came while the clock was wrong is judged again, also if nothing was looked at before", () => {
  const { schedule, clock } = scheduleAt(UNTIL + 1);
  schedule.set(planned("a", { until: UNTIL }));
  clock.at = FROM; // set back, e.g. by NTP when a machine has started
  assert.deepEqual(schedule.turn(), ["a"]);
  assert.equal(schedule.refusal("a"), undefined);
});

Deno.test("the clock is looked at in time, at least every 10 s while one has a start or an end, and never without", () => {
  const { schedule, clock } = scheduleAt(FROM - 60_000);
  assert.equal(schedule.dueAt(), Infinity);
  schedule.set(planned("a", { from: FROM, until: UNTIL }));
  assert.equal(schedule.dueAt(), clock.monotonic + 10_000);
  clock.at = FROM - 7;
  assert.equal(schedule.dueAt(), clock.monotonic + 7);
  clock.at = FROM + 3;
  assert.equal(schedule.dueAt(), clock.monotonic, "it is late");
  schedule.turn();
  assert.equal(schedule.dueAt(), clock.monotonic + 10_000);
  clock.at = UNTIL;
  schedule.turn();
  assert.equal(schedule.dueAt(), clock.monotonic + 10_000, "the clock may be set back");
  clock.at = FROM;
  assert.deepEqual(schedule.turn(), ["a"]);
  schedule.delete("a");
  assert.equal(schedule.dueAt(), Infinity);
});
