/** There are colours where a person sees them, and nowhere else. */
import assert from "node:assert/strict";
import { coloursOf, isControllable } from "./colour.ts";

const output = (isTerminal: boolean, variables: Readonly<Record<string, string>> = {}) => ({
  isTerminal,
  variable: (name: string) => variables[name],
});

Deno.test.each<[string, boolean, Readonly<Record<string, string>>, boolean]>([
  ["a terminal", true, { TERM: "xterm" }, true],
  ["a pipe", false, { TERM: "xterm" }, false],
  ["NO_COLOR", true, { TERM: "xterm", NO_COLOR: "1" }, false],
  ["NO_COLOR that is empty", true, { TERM: "xterm", NO_COLOR: "" }, true],
  ["a terminal that knows no colours", true, { TERM: "dumb" }, false],
])("%s", (_, isTerminal, variables, hasColours) => {
  const { bad } = coloursOf(output(isTerminal, variables));
  assert.equal(bad("x"), hasColours ? "\x1b[31mx\x1b[39m" : "x");
  assert.equal(bad(""), "");
});

Deno.test("a terminal without colours is still drawn in one place", () => {
  assert.equal(isControllable(output(true, { NO_COLOR: "1" })), true);
});
