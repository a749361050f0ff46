import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { condition, warning } from "./condition.ts";

Deno.test("the texts of a condition are harmless, and cut beyond the limit", () => {
  const long = `\x1b\n${"x".repeat(250_000)}`;
  for (
    const { message, cure } of [condition("Invalid", long, long), warning("Invalid", long, long)]
  ) {
    for (const text of [message, cure!]) {
      assert.match(text, /^\\u001b\\u000ax+\.\.\. \(250002 characters\)$/);
      assert.ok(text.length < LIMITS.conditionText + 50);
    }
  }
});
