/** Tables fit a terminal, and are whole elsewhere. */
import assert from "node:assert/strict";
import { cut, fittedTable } from "./fitted_table.ts";

const COLUMNS = [{ head: "NAME" }, { head: "PORTS" }, { head: "BYTES/S", isNumber: true }];
const LONG = "a-name-that-is-very-long-indeed";
const ROWS = [[LONG, "one,two,three,four,five", "12.3k"], ["b", "c", "0"]];

Deno.test("without a width no cell is cut, and numbers stand below each other", () => {
  assert.equal(
    fittedTable(COLUMNS, ROWS),
    [
      "NAME                              PORTS                     BYTES/S",
      "a-name-that-is-very-long-indeed   one,two,three,four,five     12.3k",
      "b                                 c                               0",
      "",
    ].join("\n"),
  );
});

Deno.test("the widest cells are cut first, numbers never, and nothing below a width that can be read", () => {
  const linesOf = (width: number) => fittedTable(COLUMNS, ROWS, { width }).trimEnd().split("\n");
  for (const width of [66, 50, 40, 30]) {
    const lines = linesOf(width);
    assert.ok(lines.every((line) => line.length <= width), lines.join("\n"));
    assert.match(lines[1]!, /….* 12\.3k$/);
  }
  assert.equal(linesOf(5)[1], "a-name-…   one,two…     12.3k");
});

Deno.test("a painted cell has the width of its text", () => {
  const paint = (text: string) => `<${text}>`;
  const table = fittedTable([{ head: "A" }, { head: "B" }], [[{ text: "xyz", paint }, "1"], [
    "x",
    "2",
  ]], { head: paint });
  assert.equal(table, "<A>     <B>\n<xyz>   1\nx     2\n");
});

Deno.test("a text is cut between characters, not within one", () => {
  assert.equal(cut("😀😀😀", 3), "😀😀😀");
  assert.equal(cut("😀😀😀", 2), "😀…");
});
