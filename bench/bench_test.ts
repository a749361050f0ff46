/** The bench in short: what is far off is found at once, and the rest by `deno task bench`. */
import assert from "node:assert/strict";
import { formatMeasured, median, quantile, type Row } from "./row.ts";
import { ROWS } from "./rows/mod.ts";

const RUNS = 3;
/** How many times longer than the peer Sluice may take on a machine on which other tests run, too. */
const FAR_OFF = 4;

Deno.test("in bulk, Sluice does not take a multiple of the time of Open vSwitch's tools", async (t) => {
  for (const row of ROWS.filter(({ name }) => / in one /.test(name))) {
    await t.step(row.name, async () => {
      const measured = await row.measure(RUNS);
      assert.equal(measured.peer?.length, RUNS);
      const [ours, peer] = [median(measured.ours), median(measured.peer)];
      assert.ok(ours <= FAR_OFF * peer, formatMeasured(row, measured));
    });
  }
});

const ROW: Row = {
  name: "a cake baked",
  unit: "ms",
  peer: "the baker",
  goal: "0.9 x",
  measure: () => Promise.reject(new Error("not measured here")),
};

Deno.test("medians, their spread, the ratio and the goal are said", () => {
  const tens = Array.from({ length: 10 }, (_, index) => index + 1);
  assert.deepEqual([0, 0.5, 1].map((part) => quantile(tens, part)), [1, 6, 10]);
  const measured = { ours: [4, 2, 3], peer: [6, 4, 5], goal: 4.5 };
  assert.equal(
    formatMeasured(ROW, measured),
    `a cake baked
  Sluice  3.0 (2.0 to 4.0) ms
  peer    5.0 (4.0 to 6.0) ms: the baker; ratio 0.60
  goal    0.9 x: reached`,
  );
  assert.match(formatMeasured(ROW, { ...measured, goal: 2 }), /not reached$/);
});
