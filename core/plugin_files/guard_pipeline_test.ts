/** A pipeline of a file that fails, or returns what is wrong, after it was loaded. */
import assert from "node:assert/strict";
import type { Pipeline, PipelineType } from "../contracts/mod.ts";
import { changed, mirrorOnly } from "../conformance/testing/wrong_pipelines.ts";
import { guardPipelineType } from "./guard_pipeline.ts";

const FILE = "/plugins/mine.ts";
const PORT = { name: "tap0", ofport: 7 };
const BRIDGE = { name: "br0", external_ids: {}, ovsExternalIDs: {}, datapathType: "" };

const guarded = (type: PipelineType): Pipeline =>
  guardPipelineType(type, FILE).create({ tableBase: 200 });

Deno.test("a right one does what it did, with copies that it cannot change later", () => {
  const rows = [...mirrorOnly.create({ tableBase: 200 }).copyPort(PORT)];
  const wrapped = guarded(changed(mirrorOnly, () => ({ copyPort: () => rows })));
  const found = wrapped.copyPort(PORT);
  assert.deepEqual(found, rows);
  rows.length = 0;
  assert.equal(found.length, 1);
  assert.equal(wrapped.learnedPort, undefined);
  assert.equal(guardPipelineType(mirrorOnly, FILE).fits, undefined);
});

const throwing = () => {
  throw new RangeError("no");
};
Deno.test.each<[string, Partial<Pipeline>, (pipeline: Pipeline) => unknown, RegExp]>([
  ["throws", { bridge: throwing }, (p) => p.bridge(), /bridge throws RangeError: no$/],
  [
    "returns no list",
    { pair: () => ({}) as never },
    (p) => p.pair({ target: PORT, return: PORT }),
    /pair must return a list of rows: returns an object$/,
  ],
  [
    "returns a row with a cookie",
    {
      copyPort: () => [{ table: 0, priority: 65001, match: {}, actions: [], cookie: 1n } as never],
    },
    (p) => p.copyPort(PORT),
    /copyPort must write no cookie: Sluice puts its own mark on each flow$/,
  ],
  [
    "returns a row that is not declared",
    { copyPort: () => [{ table: 1, priority: 1, match: {}, actions: [] }] },
    (p) => p.copyPort(PORT),
    /copyPort writes to table 1, which is not declared$/,
  ],
  [
    "answers without words",
    { cannot: () => true as never },
    (p) => p.cannot({}),
    /cannot must return what it cannot do, in words: returns true$/,
  ],
  [
    "learned no number",
    { learnedPort: () => "7" as never },
    (p) => p.learnedPort!({ table: 0, priority: 0, match: {}, actions: [] }),
    /learnedPort must return a number: returns "7"$/,
  ],
])("one that %s is blamed", (_, fault, call, said) => {
  const pipeline = guarded(changed(mirrorOnly, () => fault));
  assert.throws(() => call(pipeline), { name: "PluginError", message: said });
});

Deno.test.each<[string, Partial<PipelineType>, RegExp]>([
  ["cannot be created", { create: throwing }, /create throws RangeError: no$/],
  [
    "is created without a part",
    { create: () => ({}) as never },
    /create returns a pipeline of which tables: is missing$/,
  ],
])("one that %s is blamed", (_, fault, said) => {
  assert.throws(() => guarded({ ...mirrorOnly, ...fault }), { name: "PluginError", message: said });
});

Deno.test("one that cannot say whether it fits is blamed", () => {
  const type = guardPipelineType({ ...mirrorOnly, fits: () => 1 as never }, FILE);
  assert.throws(() => type.fits!(BRIDGE), {
    message: `Cannot use plugin "${FILE}": fits must return a boolean: returns 1`,
  });
});
