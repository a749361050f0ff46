/** A plugin's schema as a part of the CRD. test/kubernetes/crd_any_plugin_test.ts shows that the API server accepts it. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineTarget } from "../contracts/mod.ts";
import { structural, targetUnion, toStructural } from "./structural.ts";

const ANYTHING = { "x-kubernetes-preserve-unknown-fields": true };
const plain = (schema: object) => JSON.parse(JSON.stringify(schema));

Deno.test.each([
  ["anything", Type.Unknown(), ANYTHING],
  ["a description of anything", Type.Any({ description: "Any." }), {
    description: "Any.",
    ...ANYTHING,
  }],
  ["a type that JSON does not have", { type: "bigint" }, ANYTHING],
  ["a reference", { $ref: "#/$defs/a" }, ANYTHING],
  ["a literal", Type.Literal("a"), { type: "string", enum: ["a"] }],
  ["an enum", Type.Enum([1, 2]), { type: "integer", enum: [1, 2] }],
  ["an enum of anything", Type.Enum(["a", 1]), ANYTHING],
  ["literals", Type.Union([Type.Literal("a"), Type.Literal("b")]), {
    type: "string",
    enum: ["a", "b"],
  }],
  ["a union with null", Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]), {
    type: "integer",
    minimum: 1,
    nullable: true,
  }],
  ["a literal or null", Type.Union([Type.Literal("a"), Type.Null()]), {
    type: "string",
    nullable: true,
  }],
  [
    "some words or a whole number",
    Type.Union([Type.Enum(["a", "b"]), Type.Integer({ minimum: 1, maximum: 9 })], {
      description: "One.",
    }),
    {
      description: "One.",
      "x-kubernetes-int-or-string": true,
      minimum: 1,
      maximum: 9,
      pattern: "^(a|b)$",
    },
  ],
  ["a word or any whole number", Type.Union([Type.Enum(["a"]), Type.Integer()]), {
    "x-kubernetes-int-or-string": true,
    pattern: "^(a)$",
  }],
  ["words that a pattern could misread", Type.Union([Type.Enum(["a."]), Type.Integer()]), ANYTHING],
  ["a union of types", Type.Union([Type.String(), Type.Number()]), ANYTHING],
  ["a union of objects", Type.Union([Type.Object({ a: Type.String() }), Type.Object({})]), {
    type: "object",
    ...ANYTHING,
  }],
  [
    "an intersection",
    Type.Intersect([
      Type.Object({ a: Type.String() }),
      Type.Object({ b: Type.Optional(Type.Boolean()) }),
    ]),
    {
      type: "object",
      required: ["a"],
      properties: { a: { type: "string" }, b: { type: "boolean" } },
    },
  ],
  ["a map", Type.Record(Type.String(), Type.Integer()), {
    type: "object",
    additionalProperties: { type: "integer" },
  }],
  ["an object of any fields", Type.Object({}), { type: "object", ...ANYTHING }],
  ["an object without fields", Type.Object({}, { additionalProperties: false }), {
    type: "object",
  }],
  [
    "named and other fields",
    Type.Object({ a: Type.String() }, { additionalProperties: Type.String() }),
    { type: "object", required: ["a"], properties: { a: { type: "string" } }, ...ANYTHING },
  ],
  ["a list", Type.Array(Type.String({ default: "x" }), { uniqueItems: true, minItems: 1 }), {
    type: "array",
    minItems: 1,
    items: { type: "string" },
  }],
  ["a tuple", Type.Tuple([Type.String()]), { type: "array", minItems: 1, items: ANYTHING }],
  ["bounds that are excluded", Type.Integer({ exclusiveMinimum: 0.5, exclusiveMaximum: 3 }), {
    type: "integer",
    minimum: 1,
    maximum: 2,
  }],
  ["a pattern", Type.String({ pattern: "^a{1,3}$" }), { type: "string", pattern: "^a{1,3}$" }],
  ["a pattern that limits the length", Type.String({ pattern: "^[a-z]{1,15}$" }), {
    type: "string",
    maxLength: 15,
    pattern: "^[a-z]{1,15}$",
  }],
  [
    "a list of addresses, where a rule would cost too much",
    Type.Array(Type.String({ format: "ipv4" })),
    {
      type: "array",
      items: { type: "string", anyOf: [{ format: "ipv4" }] },
    },
  ],
  ["a pattern with look-ahead", Type.String({ pattern: "^(?=a)" }), { type: "string" }],
  ["a format", Type.String({ format: "date-time" }), { type: "string", format: "date-time" }],
  ["a format that Go reads otherwise", Type.String({ format: "duration" }), { type: "string" }],
  [
    "either field",
    Type.Object({ a: Type.Optional(Type.Integer()) }, { anyOf: [{ required: ["a"] }] }),
    {
      type: "object",
      properties: { a: { type: "integer" } },
      anyOf: [{ required: ["a"] }],
    },
  ],
  ["a type in a union", { type: "string", anyOf: [{ type: "string" }] }, { type: "string" }],
])("a schema with %s is structural", (_, schema, expected) => {
  assert.deepEqual(structural(plain(schema)), expected);
});

Deno.test.each([
  ["anything", Type.Object({ a: Type.Unknown() }), "$.a"],
  ["an untyped item", Type.Array(Type.Unknown()), "$[]"],
  ["a map of anything", Type.Record(Type.String(), Type.Unknown()), "$.*"],
])(
  "a schema with %s is refused with the path of that part",
  (_, schema, path) =>
    assert.throws(() => toStructural(plain(schema)), {
      message: `Cannot use schema at "${path}": "type" is missing`,
    }),
);

Deno.test("a plugin's own rule stays, behind Sluice's rule about the address", () => {
  const own = { rule: 'self != "192.0.2.1"', message: "must be another" };
  const schema = Type.String({ format: "ipv4", "x-kubernetes-validations": [own] });
  const { maxLength, "x-kubernetes-validations": rules } = structural(plain(schema)) as {
    maxLength: number;
    "x-kubernetes-validations": { message: string }[];
  };
  assert.equal(maxLength, 45);
  assert.deepEqual(rules.map(({ message }) => message), [
    "must be an IPv4 address",
    "must be another",
  ]);
});

const target = (kind: string, schema = Type.Object({ peer: Type.String() })) =>
  defineTarget({
    kind,
    docs: "Delivers packets to another bridge.",
    lifetime: "named",
    schema,
    example: { peer: "p0" },
    port: ({ peer }) => ({ name: "patch0", type: "patch", options: { peer }, identity: peer }),
  });

Deno.test("a target of a plugin file is in the union like a built-in one", () =>
  assert.deepEqual(targetUnion([target("patch"), target("loop")]), {
    type: "object",
    "x-kubernetes-validations": [{
      rule: "[has(self.patch), has(self.__loop__)].exists_one(present, present)",
      message: "must have exactly one kind of target: patch, loop",
    }],
    properties: Object.fromEntries(["patch", "loop"].map((kind) => [kind, {
      type: "object",
      description: target(kind).docs,
      required: ["peer"],
      properties: { peer: { type: "string" } },
    }])),
  }));

Deno.test("a target that no rule can name, or that is no object, is refused with its kind", () => {
  assert.throws(() => targetUnion([target("a$b")]), {
    message: 'Cannot use property "a$b" in a rule: CEL has no name for it',
  });
  assert.throws(() => targetUnion([target("a", Type.String() as never)]), {
    message: 'Cannot use schema of target "a": its type is not "object"',
  });
});
