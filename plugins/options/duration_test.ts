/** Times as texts: which are read, and as how many milliseconds. */
import assert from "node:assert/strict";
import { Check } from "typebox/value";
import { durationSchema, milliseconds } from "./_duration.ts";

const schema = durationSchema("A time.");

Deno.test.each([
  ["0s", 0],
  ["20ms", 20],
  ["200ms", 200],
  ["1s", 1000],
  ["007s", 7000],
  ["1m", 60_000],
  ["1m30s", 90_000],
  ["1m30s5ms", 90_005],
  ["1m5ms", 60_005],
  ["90s", 90_000],
  ["999999m999999s999999ms", 999999 * 61_001],
])("the time %s has %d ms", (text, wanted) => {
  assert.ok(Check(schema, text));
  assert.equal(milliseconds(text), wanted);
});

Deno.test.each([
  [""],
  ["200"],
  ["ms"],
  ["0"],
  ["-1s"],
  ["+1s"],
  ["1.5s"],
  ["1h"],
  ["1us"],
  ["1S"],
  ["1 s"],
  ["1s "],
  ["1s\n"],
  ["1s1m"],
  ["1s1s"],
  ["1ms1s"],
  ["1000000ms"],
  ["\u0661s"],
  ["PT1S"],
])("%o is no time", (text) => {
  assert.ok(!Check(schema, text));
  assert.throws(() => milliseconds(text), {
    name: "RangeError",
    message: `Cannot read time "${text}": is no such text`,
  });
});
