/** What counts as a test with a title. */
import assert from "node:assert/strict";
import { problemIn } from "./titles.ts";

const NONE = "no test has this title";
const IGNORED = "the test is ignored";

const CASES: readonly (readonly [what: string, text: string, title: string, problem?: string])[] = [
  ["a test", 'Deno.test("a", () => {});', "a"],
  ["a part of a title", 'Deno.test("a and b", () => {});', "a", NONE],
  ["a test in a loop", '  Deno.test("a", () => {});', "a"],
  ["a title in a line of its own", 'Deno.test(\n  "a",\n  () => {},\n);', "a"],
  ["a title with quotes", 'Deno.test("a \\"b\\"", () => {});', 'a "b"'],
  ["a test within a server", 'Deno.test(\n  withServer("a", async () => {}),\n);', "a"],
  ["a comment", '// Deno.test("a", () => {});', "a", NONE],
  ["an assertion", 'assert.match(text, "a");', "a", NONE],
  ["a step", '  await t.step("a", () => {});', "a"],
  ["a title as it is written", "Deno.test(`${N} of a`, () => {});", "${N} of a"],
  ["a key of a table", 'const C = {\n  "a": 1,\n};\nDeno.test(`is ${what}`, f);', "is a"],
  ["no key of a table", 'const C = { "b": 1 };\nDeno.test(`is ${what}`, f);', "is a", NONE],
  ["a title that is a key of a table", 'const C = {\n  "a": 1,\n};\nDeno.test(title, f);', "a"],
  ["a row", 'Deno.test.each([\n  ["a", 1],\n])("is %s", f);', "is a"],
  ["no row", 'Deno.test.each([\n  ["b", 1],\n])("is %s", f);', "is a", NONE],
  ["a row of a named table", 'const C = [["a", 1]];\nDeno.test.each(C)("is %s", f);', "is a"],
  ["a row with types", 'Deno.test.each<[string, () => X]>([\n  ["a", f],\n])("is %s", f);', "is a"],
  ["an ignored test", 'Deno.test.ignore("a", () => {});', "a", IGNORED],
  ["an ignored step", 'await t.step({ name: "a", ignore: true, fn });', "a", IGNORED],
  ["a test that needs a program", 'Deno.test({\n  name: "a",\n  ignore: SKIPPED,\n});', "a"],
];

for (const [what, text, title, problem] of CASES) {
  Deno.test(`a test counts, or does not: ${what}`, () => {
    assert.equal(problemIn(text, title), problem);
  });
}
