/** Registries, and the problems of values that a schema refuses. */
import assert from "node:assert/strict";
import Type from "typebox";
import { DuplicatePluginError, index } from "./registry.ts";
import { schemaProblems } from "../objects/validate.ts";

Deno.test("a registry keeps the order and refuses a name twice", () => {
  assert.deepEqual([...index("action", ["b", "a"], (name) => name).keys()], ["b", "a"]);
  assert.throws(
    () => index("action", ["a", "a"], (name) => name),
    new DuplicatePluginError("action", "a"),
  );
});

const NAMED = Type.Object({
  "a/b": Type.String(),
  told: Type.Optional(Type.String({ pattern: "^x$", description: "An x." })),
  plain: Type.Optional(Type.String({ pattern: "^x$" })),
}, { additionalProperties: false });

Deno.test.each([
  ["missing", {}, "/a~1b", "is required"],
  ["unknown", { "a/b": "x", "c~d": 1 }, "/c~0d", "is an unknown field"],
  ["a pattern in words", { "a/b": "x", told: "y" }, "/told", 'does not fit: An x: is "y"'],
  ["a pattern", { "a/b": "x", plain: "y" }, "/plain", 'must match pattern "^x$": is "y"'],
  ["of another type", { "a/b": 1 }, "/a~1b", "must be string: is 1"],
])("a field that is %s", (_, value, path, message) => {
  assert.deepEqual(schemaProblems(NAMED, value), [{ path, message }]);
});
