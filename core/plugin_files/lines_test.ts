import assert from "node:assert/strict";
import { InputLines } from "./lines.ts";

/** A stream that gives these bytes, so many at once. */
function inputOf(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const readSync = (into: Uint8Array) => {
    if (at === bytes.length) return null;
    const part = bytes.subarray(at, at + size);
    into.set(part);
    at += part.length;
    return part.length;
  };
  return { readSync, read: (into: Uint8Array) => Promise.resolve(readSync(into)) };
}

Deno.test("lines are the same however the stream cuts them, and whichever way they are read", async () => {
  const lines = ["", "one", "zwölf \u{1f98a}", "", "x".repeat(300)];
  for (const size of [1, 2, 3, 7, 1000]) {
    const input = new InputLines(inputOf(lines.map((line) => `${line}\n`).join(""), size));
    for (const [index, line] of lines.entries()) {
      assert.equal(index % 2 === 0 ? await input.next() : input.nextSync(), line);
    }
    assert.equal(await input.next(), undefined);
  }
  assert.equal(new InputLines(inputOf("no end", 2)).nextSync(), undefined);
});
