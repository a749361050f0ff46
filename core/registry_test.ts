/** Registries, and what plugin schemas may hold. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineTarget } from "./contracts/mod.ts";
import { DuplicatePluginError, index } from "./registry.ts";
import { targetUnion, toStructural } from "./structural.ts";
import { schemaProblems } from "./validate.ts";

Deno.test("a registry keeps the order and refuses a name twice", () => {
  assert.deepEqual([...index("action", ["b", "a"], (name) => name).keys()], ["b", "a"]);
  assert.throws(
    () => index("action", ["a", "a"], (name) => name),
    new DuplicatePluginError("action", "a"),
  );
});

Deno.test.each([
  ["a union of types", Type.Union([Type.String(), Type.Number()]), /"\$": "type" is missing/],
  ["anything", Type.Object({ a: Type.Unknown() }), /"\$\.a": "type" is missing/],
  ["an untyped item", Type.Array(Type.Unknown()), /"\$\[\]": "type" is missing/],
  [
    "a type in a union",
    { type: "string", anyOf: [{ type: "string" }] },
    /"\$": "type" inside of a union/,
  ],
])("a schema with %s is not structural", (_, schema, message) => {
  assert.throws(() => toStructural(schema as object), message as RegExp);
});

Deno.test("a structural schema loses what the API server refuses", () =>
  assert.deepEqual(
    toStructural({
      $id: "x",
      type: "object",
      additionalProperties: false,
      properties: { a: { type: "array", items: { type: "string", $schema: "y" } } },
    }),
    { type: "object", properties: { a: { type: "array", items: { type: "string" } } } },
  ));

Deno.test("a target from outside is in the union like any other", () => {
  const target = defineTarget({
    kind: "patch",
    docs: "Delivers packets to another bridge.",
    lifetime: "named",
    schema: Type.Object({ peer: Type.String({ description: "Far end." }) }),
    example: { peer: "p0" },
    port: ({ peer }) => ({ name: "patch0", type: "patch", options: { peer }, identity: peer }),
  });
  assert.deepEqual(targetUnion([target]), {
    type: "object",
    oneOf: [{ required: ["patch"] }],
    properties: {
      patch: {
        type: "object",
        description: target.docs,
        required: ["peer"],
        properties: { peer: { type: "string", description: "Far end." } },
      },
    },
  });
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
