/** The bench in short: what is far off is found at once, and the rest by `deno task bench`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Machine, merge, type Results, toResult } from "./results.ts";
import { formatMeasured, median, quantile, type Row } from "./row.ts";
import { ROWS } from "./rows/mod.ts";

const RUNS = 3;
/** How many times longer than its goal Sluice may take on a machine on which other tests run, too. */
const FAR_OFF = 8;

/** What takes long to get ready: a large node, an API server, or the program itself from its source. */
const LONG = / 5,?000 |API server|start/;
/** Rows whose peer does the same work: their ratio says something also on a busy machine. */
const SHORT = ROWS.filter(({ name, peer, isSkipped }) => peer && !isSkipped && !LONG.test(name));

Deno.test("in short: no row takes a multiple of what its goal allows beside its peer", async (t) => {
  for (const row of SHORT) {
    await t.step(row.name, async () => {
      const measured = await row.measure(RUNS);
      assert.equal(measured.peer?.length, RUNS);
      assert.ok(median(measured.ours) <= FAR_OFF * measured.goal, formatMeasured(row, measured));
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
  assert.deepEqual([0, 0.1, 0.5, 0.9, 1].map((part) => quantile(tens, part)), [1, 2, 6, 9, 10]);
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

const MACHINE: Machine = {
  cores: 2,
  processor: "p",
  openVSwitch: "3.1.0",
  deno: "2.9.6",
  program: "the source",
};
const resultsOf = (medians: Readonly<Record<string, number>>, machine = MACHINE): Results => ({
  machine,
  rows: Object.entries(medians).map(([name, median]) =>
    toResult({ ...ROW, name }, { ours: [median], goal: 2 })
  ),
});
const BENCH = ["b", "a", "c"].map((name) => ({ name }));
const mediansOf = ({ rows }: Results) => rows.map(({ name, ours }) => [name, ours.median]);

Deno.test("rows that are measured again replace those of before, in the order of the bench", () => {
  const merged = merge(resultsOf({ a: 1, gone: 1, b: 1 }), resultsOf({ a: 3 }), BENCH);
  assert.deepEqual(mediansOf(merged), [["b", 1], ["a", 3]]);
});

Deno.test("rows of another machine, or of the binary, are not kept beside those of this one", () => {
  for (const other of [{ cores: 4 }, { program: "the binary" as const }]) {
    const before = resultsOf({ b: 1 }, { ...MACHINE, ...other });
    const merged = merge(before, resultsOf({ a: 3 }), BENCH);
    assert.deepEqual(mediansOf(merged), [["a", 3]]);
    assert.deepEqual(merged.machine, MACHINE);
  }
});

Deno.test("the benches of the parts that only compute run", async () => {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bench",
      "-A",
      "--no-check",
      "--filter=encode",
      join(import.meta.dirname!, "pure_bench.ts"),
    ],
  }).output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, failed!);
  assert.match(said!, /encode: \d+ flows/);
});
