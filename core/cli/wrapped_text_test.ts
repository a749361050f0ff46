/** What a terminal gets, and what a pipe gets. */
import assert from "node:assert/strict";
import { coloursOf, NO_COLOURS } from "./colour.ts";
import { shown } from "./wrapped_text.ts";

const COLOURS = coloursOf({ isTerminal: true, variable: () => undefined });
const PIPE = { colours: NO_COLOURS, width: Infinity };
const TEXT = "Title\n  problem: it is a long sentence about a port\n  all is well: problem: no\n";

Deno.test("a pipe gets each line as it is", () => assert.equal(shown(TEXT, PIPE), TEXT.trimEnd()));

Deno.test("on a terminal the word with which a line begins has a colour, and no other", () => {
  const text = shown(TEXT, { colours: COLOURS, width: Infinity });
  // deno-lint-ignore no-control-regex -- colours are control characters
  const plain = text.replaceAll(/\x1b\[\d+m/g, "");
  assert.equal(plain, TEXT.trimEnd());
  const [title, problem, well] = text.split("\n");
  assert.ok(!title!.includes("\x1b") && !well!.includes("\x1b"));
  // deno-lint-ignore no-control-regex -- colours are control characters
  assert.match(problem!, /^ {2}\x1b\[31m.*problem.*: it is/);
});

Deno.test("sentences are broken between words to the width, tables and flows are not", () => {
  const lines = [
    "NAME   ACTION   DIRECTION   OUTCOME",
    "  problem: aaaa bbbb cccc dddd",
    "  cookie=0x51ce000000000000, table=200 actions=drop",
    "  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ];
  assert.deepEqual(shown(lines.join("\n"), { colours: NO_COLOURS, width: 20 }).split("\n"), [
    lines[0],
    "  problem: aaaa bbbb",
    "      cccc dddd",
    lines[2],
    lines[3],
  ]);
});

Deno.test("nothing in the text reaches the terminal as an escape sequence", () => {
  const text = shown("  problem: \x1b[2J\u202e \x9b1m", { colours: NO_COLOURS, width: 200 });
  assert.equal(text, "  problem: \\u001b[2J\\u202e \\u009b1m");
});
