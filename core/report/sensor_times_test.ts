/** For how long packets have passed by sensors, and how the state shows what a probe took. */
import assert from "node:assert/strict";
import type { SensorReport } from "../model/choices/sensors.ts";
import { OpenTimes, shownSensors, TransitionCounts } from "./sensor_times.ts";

const report = (target: string, isOpen: boolean): SensorReport => ({
  target,
  return: "out",
  state: isOpen ? "down" : "up",
  evidence: "",
  isOpen,
});

Deno.test("times in which a sensor is open add up, also while it is open", () => {
  const times = new OpenTimes();
  const of = (now: number) => [times.of("a out", now), times.of("b out", now)];
  times.update([report("a", false), report("b", true)], 1000);
  assert.deepEqual(of(1500), [0, 500]);
  times.update([report("a", true), report("b", true)], 2000);
  assert.deepEqual(of(2500), [500, 1500]);
  times.update([report("a", false), report("b", false)], 3000);
  assert.deepEqual(of(9000), [1000, 2000]);
  times.update([report("a", true), report("b", false)], 9000);
  assert.deepEqual(of(9100), [1100, 2000]);
});

Deno.test("the time of a sensor that is not open stays exactly the same", () => {
  const times = new OpenTimes();
  times.update([report("a", true)], 0.1);
  times.update([report("a", false)], 0.4);
  const total = times.of("a out", 0.4);
  for (const now of [0.7, 12_345.678_9, 1e9 / 3]) assert.equal(times.of("a out", now), total);
});

Deno.test("a sensor that was gone begins with 0", () => {
  const times = new OpenTimes();
  times.update([report("a", true)], 0);
  times.update([], 1000);
  times.update([report("a", true)], 2000);
  assert.equal(times.of("a out", 2500), 500);
});

Deno.test("a round trip is shown to the microsecond, as soon as there is one", () => {
  const reports = [report("a", false), report("b", false)];
  const times = new Map([["a out", { roundTrip: 0.123_456, passedBy: 0 }]]);
  const shown = shownSensors(reports, times);
  assert.deepEqual(shown, [{ ...reports[0], roundTripMilliseconds: 0.123 }, reports[1]]);
});

Deno.test("transitions are counted for each sensor as long as it is there", () => {
  const counts = new TransitionCounts();
  assert.equal(counts.of("a out"), undefined);
  for (const state of ["up", "down", "up"] as const) counts.count("a out", state);
  counts.count("b out", "down");
  counts.keepOnly([report("a", false)]);
  assert.deepEqual(counts.of("a out"), { up: 2, down: 1 });
  assert.equal(counts.of("b out"), undefined);
});
