/** The texts of conditions, and when two conditions are the same. */
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { condition, isSame, sentence, warning } from "./condition.ts";

Deno.test("the text of a condition without a cure is its message; conditions with equal texts are the same", () => {
  assert.equal(sentence(condition("PortFailed", "It is: so")), "It is: so");
  assert.deepEqual(warning("LinkDown", "It is down", "put it up"), {
    reason: "LinkDown",
    message: "It is down",
    cure: "put it up",
    warning: true,
  });
  const one = condition("Conflict", "It is so", "do that");
  assert.deepEqual(
    [
      isSame(one, { ...one }),
      isSame(one, condition("Conflict", "It is so", "do this")),
      isSame(one, condition("Conflict", "It is so")),
      isSame(one, condition("TunnelInUse", "It is so", "do that")),
      isSame(one, undefined),
      isSame(undefined, undefined),
    ],
    [true, false, false, false, false, true],
  );
});

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
