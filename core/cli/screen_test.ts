/** A text that is shown again and again, on a terminal and elsewhere. */
import assert from "node:assert/strict";
import { Screen } from "./screen.ts";

function made(isTerminal: boolean, isForPrograms = false) {
  const written: string[] = [];
  const screen = new Screen({
    isForPrograms,
    output: { isTerminal, variable: () => undefined },
    write: (text) => void written.push(text),
    size: () => ({ columns: 40, rows: 5 }),
  });
  return { screen, written };
}

Deno.test("a terminal has one place for all texts, and afterwards the last one, as it was before", () => {
  const { screen, written } = made(true);
  screen.show("one\ntwo\n");
  screen.show("three\n");
  assert.equal(screen.width, 40);
  screen[Symbol.dispose]();
  screen[Symbol.dispose]();
  assert.deepEqual(written, [
    "\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J",
    "\x1b[Hthree\x1b[K\x1b[J",
    "\x1b[?25h\x1b[?1049lthree\n",
  ]);
});

Deno.test("what does not fit on a terminal is counted", () => {
  const { screen, written } = made(true);
  screen.show("1\n2\n3\n4\n5\n6\n7\n");
  assert.match(written[0]!, /H1\S+\r\n2\S+\r\n3\S+\r\n\(4 more lines\)\S+J$/);
});

Deno.test("elsewhere texts follow each other, for programs without anything between them", () => {
  for (const [isForPrograms, gap] of [[false, "\n"], [true, ""]] as const) {
    const { screen, written } = made(false, isForPrograms);
    screen.show("one\n");
    screen.show("two\n");
    screen[Symbol.dispose]();
    assert.equal(screen.width, undefined);
    assert.equal(written.join(""), `one\n${gap}two\n`);
  }
  assert.equal(made(true, true).screen.isRedrawn, false);
});

Deno.test("a terminal on which nothing was shown stays as it is", () => {
  const { screen, written } = made(true);
  screen[Symbol.dispose]();
  assert.deepEqual(written, []);
});
