import fc from "fast-check";
import assert from "node:assert/strict";
import { arbitraryMatch } from "../testing/arbitrary.ts";
import { written } from "../testing/written.ts";
import { Reader } from "./binary.ts";
import { readMatch, writeMatch } from "./oxm.ts";

Deno.test("a match that is written is read back", () => {
  fc.assert(fc.property(arbitraryMatch, (match) => {
    const bytes = written((writer) => writeMatch(writer, match));
    const reader = new Reader(bytes);
    assert.deepEqual(readMatch(reader), match);
    reader.end("a match");
    assert.equal(bytes.length % 8, 0);
  }));
});
