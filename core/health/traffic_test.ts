/** When a TrafficControl counts as one that sees no packet: never before the whole time has passed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Traffic } from "./traffic.ts";

const TIME = 600;
/** When the counter of `m` is read, and what it is; "unknown" if the switch does not answer, "gone" without `m`. */
type Reading = readonly [at: number, packets: number | "unknown" | "gone"];

function watch(readings: readonly Reading[]): boolean {
  const traffic = new Traffic(TIME);
  for (const [at, packets] of readings) {
    const names = packets === "gone" ? [] : ["m"];
    traffic.take(at, names, new Map(typeof packets === "number" ? [["m", packets]] : []));
  }
  return traffic.quiet.has("m");
}

const CASES: readonly (readonly [string, readonly Reading[], boolean])[] = [
  ["the time has not passed yet", [[0, 0], [599, 0]], false],
  ["the time has passed", [[0, 0], [600, 0]], true],
  ["what was counted before is no packet of now", [[0, 70], [600, 70]], true],
  ["a packet came in that time", [[0, 0], [300, 1], [600, 1]], false],
  ["the time passes after the last packet", [[0, 0], [300, 1], [900, 1]], true],
  ["it ends with the first packet", [[0, 0], [600, 0], [610, 1]], false],
  ["a switch that started again counts from 0", [[0, 5], [300, 0], [600, 0]], false],
  ["a switch that does not answer says nothing new", [[0, 0], [600, 0], [610, "unknown"]], true],
  ["the time goes on meanwhile", [[0, 0], [300, "unknown"], [600, 0]], true],
  ["nothing is known yet", [[0, "unknown"], [900, "unknown"]], false],
  ["the time begins with the first reading", [[0, "unknown"], [300, 0], [600, 0]], false],
  ["it is gone", [[0, 0], [600, 0], [610, "gone"]], false],
  ["it has come back", [[0, 0], [600, 0], [610, "gone"], [620, 0]], false],
];

Deno.test.each(CASES)("%s", (_, readings, expected) => assert.equal(watch(readings), expected));

Deno.test("one that sees a packet in each half of the time is never quiet, whatever the times of the readings", () => {
  const steps = fc.array(fc.integer({ min: 1, max: TIME / 2 }), { maxLength: 50 });
  fc.assert(fc.property(steps, (pauses) => {
    let at = 0;
    const readings = pauses.map((pause): Reading => [at += pause, Math.floor(at / (TIME / 2))]);
    for (let end = 0; end <= readings.length; end++) {
      assert.equal(watch(readings.slice(0, end)), false);
    }
  }));
});
