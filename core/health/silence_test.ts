/** When a sensor without probes counts as silent: never without enough packets, in a whole window, of which none came. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Silence } from "./silence.ts";

/** Seconds, packets into the sensor so far, and packets back; or that a port was not there, or could not be read. */
type Reading = readonly [at: number, into: number, back: number] | "gone" | "unread";

/** A reading every 4 s, with so many packets more each time. */
const every4s = (count: number, into: number, back = 0): Reading[] =>
  Array.from({ length: count }, (_, index) => [4 * index, 100 + into * index, 50 + back * index]);
const said = (into: number, seconds: number) =>
  `${into} packets went into it in ${seconds} s, and none came back`;

const CASES: readonly (readonly [string, readonly Reading[], string | undefined])[] = [
  ["packets go in and come back", every4s(10, 100, 100), undefined],
  ["one of a thousand comes back", every4s(10, 1000, 1), undefined],
  ["no packets", every4s(20, 0), undefined],
  ["no window has passed yet", every4s(3, 100), undefined],
  ["none comes back in a window", every4s(4, 100), said(300, 12)],
  ["it goes on like that: the evidence stays", every4s(10, 100), said(300, 12)],
  ["too few in each window", every4s(20, 3), undefined],
  ["just enough in a window", every4s(4, 5), said(15, 12)],
  ["many, but so lately that they may be inside still", [
    [0, 0, 0],
    [4, 0, 0],
    [8, 0, 0],
    [12, 1000, 0],
  ], undefined],
  ["these have not come back later either", [
    [0, 0, 0],
    [4, 0, 0],
    [8, 0, 0],
    [12, 1000, 0],
    [16, 1000, 0],
    [20, 1000, 0],
  ], said(1000, 12)],
  ["an earlier window says nothing of now", [[0, 0, 0], [4, 9, 0], [8, 9, 1], [12, 18, 1], [
    16,
    18,
    1,
  ]], undefined],
  ["it ends when packets come back", [...every4s(4, 100), [16, 500, 52]], undefined],
  ["and begins again after a whole window", [
    ...every4s(4, 100),
    [16, 500, 52],
    [20, 600, 52],
    [24, 900, 52],
    [28, 1000, 52],
  ], said(500, 12)],
  ["one now and then is what its device sends by itself", [
    ...every4s(4, 100),
    [16, 500, 51],
    [20, 600, 51],
    [24, 700, 51],
    [28, 800, 52],
    [32, 800, 52],
  ], said(300, 12)],
  ["one that went in and came back is enough", [...every4s(4, 100), [20, 400, 50], [24, 400, 50], [
    28,
    401,
    51,
  ]], undefined],
  ["without packets it goes on", [...every4s(4, 100), [16, 400, 50], [60, 400, 50]], said(300, 12)],
  ["a port that was made again is another sensor", [...every4s(4, 100), [16, 0, 0]], undefined],
  ["a return port that was made again, too", [...every4s(4, 100), [16, 500, 0]], undefined],
  ["a port that was made again needs a whole window", [
    ...every4s(3, 100),
    [12, 20, 0],
    [16, 40, 0],
    [20, 60, 0],
  ], undefined],
  ["a port that is not there", [...every4s(4, 100), "gone"], undefined],
  ["readings that fail end a window", [...every4s(3, 100), "unread", [16, 500, 50], [
    20,
    600,
    50,
  ]], undefined],
  ["readings that fail change nothing of what is known", [
    ...every4s(4, 100),
    "unread",
    [20, 600, 50],
  ], said(300, 12)],
  ["a late reading is no shorter window", [[0, 0, 0], [4, 20, 0], [64, 80, 0]], said(80, 64)],
];

/** What is said after all these readings. */
function watch(readings: readonly Reading[]): string | undefined {
  const silence = new Silence();
  for (const reading of readings) {
    if (reading === "gone") silence.take(0, undefined);
    else if (reading === "unread") silence.interrupted();
    else {
      const [at, into, back] = reading;
      silence.take(at * 1000, { into: BigInt(into), back: BigInt(back) });
    }
  }
  return silence.evidence;
}

Deno.test.each(CASES)("%s", (_, readings, expected) => {
  assert.equal(watch(readings), expected);
});

Deno.test("whoever returns a packet in each 10 s is never silent, whatever the times of the readings", () => {
  const step = fc.record({
    time: fc.integer({ min: 1, max: 10 }),
    into: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    let [at, into] = [0, 0];
    const readings = steps.map((each): Reading => {
      [at, into] = [at + each.time, into + each.into];
      return [at, into, Math.floor(at / 10)];
    });
    for (let end = 0; end <= readings.length; end++) {
      assert.equal(watch(readings.slice(0, end)), undefined);
    }
  }));
});
