/** What becomes of a plugin's schema in a CRD. That the API server takes it: test/kubernetes/crd_any_plugin_test.ts. */
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
  ["another thing than JSON has", { type: "bigint" }, ANYTHING],
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
    "fields and others",
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
  ["a pattern that says how long", Type.String({ pattern: "^[a-z]{1,15}$" }), {
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
  ["a format that is Go's", Type.String({ format: "duration" }), { type: "string" }],
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
  "who writes a schema with %s hears of it",
  (_, schema, path) =>
    assert.throws(() => toStructural(plain(schema)), {
      message: `Cannot use schema at "${path}": "type" is missing`,
    }),
);

Deno.test("a rule of a plugin's stays, behind ours about an address", () => {
  const mine = { rule: 'self != "192.0.2.1"', message: "must be another" };
  const schema = Type.String({ format: "ipv4", "x-kubernetes-validations": [mine] });
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

Deno.test("a target from outside is in the union like any other", () =>
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

Deno.test("a target that no rule can name is refused with its name", () => {
  assert.throws(() => targetUnion([target("a$b")]), {
    message: 'Cannot use property "a$b" in a rule: CEL has no name for it',
  });
  assert.throws(() => targetUnion([target("a", Type.String() as never)]), {
    message: 'Cannot use schema of target "a": its type is not "object"',
  });
});
