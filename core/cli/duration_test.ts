import assert from "node:assert/strict";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "./duration.ts";

const BOUNDS = { least: 100, most: 120_000 };

Deno.test.each<[string, number]>([
  ["100ms", 100],
  ["2s", 2000],
  ["1.5s", 1500],
  ["2m", 120_000],
])("the duration %s has %d milliseconds", (text, milliseconds) => {
  assert.equal(parseDuration(text, BOUNDS), milliseconds);
});

Deno.test.each([["2"], ["99ms"], ["3m"], ["-1s"], ["1h"], ["1e3ms"], [""], [" 1s"]])(
  "the duration %j is refused",
  (text) => {
    assert.throws(() => parseDuration(text, BOUNDS), InvalidArgumentError);
  },
);
