import assert from "node:assert/strict";
import { foreign, harmless, harmlessJson, harmlessValues } from "./foreign_text.ts";
import { LIMITS } from "./limits.ts";

const CASES: readonly (readonly [what: string, text: string, quoted: string])[] = [
  ["plain text", "eth0", '"eth0"'],
  ["other scripts", "Grüße 世界 😀", '"Grüße 世界 😀"'],
  ["quotes and backslashes", 'a"b\\', String.raw`"a\"b\\"`],
  ["a forged line of the log", "x\n2026-01-01 error", String.raw`"x\u000a2026-01-01 error"`],
  ["an escape sequence of a terminal", "\x1b[31mred", String.raw`"\u001b[31mred"`],
  ["its one-byte form", "\x9b31m", String.raw`"\u009b31m"`],
  ["writing from right to left", "a\u202eb", String.raw`"a\u202eb"`],
  ["a character of no width", "a\u200bb", String.raw`"a\u200bb"`],
  ["half of a surrogate pair", "a\ud800", String.raw`"a\ud800"`],
];

for (const [what, text, quoted] of CASES) {
  Deno.test(`foreign text is shown harmlessly: ${what}`, () => assert.equal(foreign(text), quoted));
}

Deno.test("foreign text that is too long is cut, also in the middle of a character", () => {
  const long = `${"x".repeat(LIMITS.foreignText - 1)}😀`;
  const cut = `${"x".repeat(LIMITS.foreignText - 1)}\\ud83d`;
  assert.equal(foreign(long), `"${cut}"... (${LIMITS.foreignText + 1} characters)`);
  assert.equal(harmless(long), `${cut}... (${LIMITS.foreignText + 1} characters)`);
});

Deno.test("foreign text without quotes keeps its quotes as they are", () => {
  assert.equal(harmless('say "no"\r'), String.raw`say "no"\u000d`);
});

Deno.test("JSON text stays the same value, without invisible characters", () => {
  const value = { "a\x9b\u202e": ["\x1b[31m\n", "😀", "\u{e0001}", { b: 1 }] };
  const shown = harmlessJson(JSON.stringify(value, undefined, 2));
  assert.deepEqual(JSON.parse(shown), value);
  assert.doesNotMatch(shown, /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
});

Deno.test("values are made harmless at every depth, and not cut", () => {
  const long = "x".repeat(10_000);
  assert.deepEqual(
    harmlessValues({ a: ["\x1b", { b: "\n", c: undefined }], d: 1, e: null, f: long }),
    { a: ["\\u001b", { b: "\\u000a", c: undefined }], d: 1, e: null, f: long },
  );
});
