import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { shownIssues, sourceIssues } from "./issues.ts";

Deno.test("issues are harmless, each is cut beyond the limit, and beyond their number the rest is counted", () => {
  const lines = Array.from({ length: LIMITS.issues + 7 }, () => `\x1b${"x".repeat(5000)}`);
  const shown = shownIssues(lines);
  assert.equal(shown.length, LIMITS.issues + 1);
  assert.equal(shown.at(-1), "and 7 more");
  assert.match(shown[0]!, /^\\u001bx{999}\.\.\. \(5001 characters\)$/);
  assert.equal(LIMITS.issueText, 1000);
  assert.deepEqual(shownIssues(["a", "b"]), ["a", "b"]);
});

Deno.test("an issue of a source names its file, and its line if it has one", () => {
  const issues = () => [{ file: "f", line: 3, message: "m" }, { file: "g", message: "n" }];
  const source = { name: "s", watch: () => assert.fail("not followed"), issues };
  assert.deepEqual(sourceIssues([source, { ...source, issues: () => [] }]), ["f:3: m", "g: n"]);
});
