/** Options with one fault each, and the line that the conformance suite prints for their author. */
import assert from "node:assert/strict";
import Type from "typebox";
import { api, type Option } from "../api.ts";
import { conformance, optionProperties, optionShape, shapeProblems } from "./mod.ts";

const option: Option = {
  field: "mood",
  docs: "Names a mood.",
  schema: Type.Integer({ minimum: 0, maximum: 9 }),
  example: 3,
  effect: (mood) => ({ copy: { mood }, hop: { mood } }),
};
const returns = (effect: unknown): Partial<Option> => ({ effect: () => effect as never });
let calls = 0;

const WRONG: readonly (readonly [string, Partial<Option>, string | RegExp])[] = [
  [
    "no sentence",
    { docs: "mood" },
    'docs: must be one sentence, from a capital letter to a full stop: is "mood"',
  ],
  [
    "a field like an annotation",
    { field: "bad-mood" },
    'field: must be in camelCase, e.g. "failureMode": is "bad-mood"',
  ],
  [
    "a field that is taken",
    { field: "targetPort" },
    'field: is a field of every TrafficControl: "targetPort"',
  ],
  [
    "a field that every object has",
    { field: "constructor" },
    'field: is a member of every JavaScript object: "constructor"',
  ],
  [
    "the annotation of a Pod",
    { field: "ovsPort" },
    'field: has the annotation "sluice.dev/ovs-port", which is one of Pods: is "ovsPort"',
  ],
  [
    "the annotation of a field of every TrafficControl",
    { field: "additionalPORTS" },
    'field: has the annotation "sluice.dev/additional-ports", which is that of additionalPorts: is "additionalPORTS"',
  ],
  [
    "actions that there are none of",
    { goesWith: "mirrors" as never },
    'goesWith: must be "copies", "hops" or "ports", or absent: is "mirrors"',
  ],
  ["a wrong example", { example: 10 }, "example: all of it must be <= 9: is 10"],
  [
    "a check that refuses its example",
    { check: () => [{ path: "", message: "is bad" }] },
    "example: all of it is bad",
  ],
  [
    "a check for redirects that refuses its example",
    { checkForHops: () => [{ path: "/a", message: "is bad" }] },
    "example: /a is bad",
  ],
  [
    "a check for redirects, and goes with copies",
    { goesWith: "copies", checkForHops: () => [], effect: () => ({ copy: { a: 1 } }) },
    "checkForHops: must be absent, as must rulesForHops: the option goes with copies",
  ],
  [
    "rules for redirects that are none",
    { rulesForHops: [{ rule: "true" } as never] },
    'rulesForHops: must be a list of { rule, message }: has {"rule":"true"}',
  ],
  ["no type", { schema: Type.Any(), example: 1 }, /^schema: throws .*"type" is missing/],
  [
    "a field within without a description",
    {
      schema: Type.Array(Type.Object({ name: Type.String() })),
      example: [{ name: "a" }],
    },
    'schema: field "[].name" needs a description: { description: "..." }',
  ],
  ["a rule without words", { rules: [{ rule: "self > 0" } as never] }, /^rules: must be a list/],
  ["no effect", returns(undefined), "effect: must return an effect: returns undefined (for 3)"],
  [
    "an effect that comes later",
    returns(Promise.resolve({ copy: { mood: 1 } })),
    "effect: must return an effect: returns a promise, so it must not be async (for 3)",
  ],
  [
    "an effect of a class",
    returns(new (class Effect {})()),
    "effect: must return an effect that is a plain object: returns one of another class (for 3)",
  ],
  [
    "a scope with a function",
    returns({ copy: { at: () => 1 } }),
    "effect: copy must hold values of JSON alone (for 3)",
  ],
  ["an effect on nothing", returns({}), "effect: does nothing for the example"],
  ["an empty scope", returns({ copy: {} }), "effect: does nothing for the example"],
  [
    "an unknown part",
    returns({ mirror: {} }),
    'effect: returns "mirror", which is no part of an effect (for 3)',
  ],
  [
    "closed by a word",
    returns({ failsClosed: "yes" }),
    'effect: failsClosed must be true or absent: is "yes" (for 3)',
  ],
  [
    "counting by a word",
    returns({ countsByPod: false }),
    "effect: countsByPod must be true or absent: is false (for 3)",
  ],
  [
    "a time in words",
    returns({ from: "noon" }),
    'effect: from must be a whole number of milliseconds: is "noon" (for 3)',
  ],
  [
    "a time beyond all calendars",
    returns({ until: Number.MAX_SAFE_INTEGER }),
    "effect: until must be a time that a Date can have: is 9007199254740991 (for 3)",
  ],
  [
    "a time that lasts less than no time",
    returns({ lasts: -1 }),
    "effect: lasts must not be negative: is -1 (for 3)",
  ],
  [
    "half a priority",
    returns({ priority: 0.5 }),
    "effect: priority must be a whole number from 0 to 1000: is 0.5 (for 3)",
  ],
  [
    "a scope that is none",
    returns({ hop: [] }),
    "effect: hop must be an object: is a list (for 3)",
  ],
  [
    "a scope that is no JSON",
    returns({ hop: { at: new Date(0) } }),
    "effect: hop must hold values of JSON alone (for 3)",
  ],
  [
    "a scope of numbers that are none",
    returns({ copy: { at: NaN } }),
    "effect: copy must hold values of JSON alone (for 3)",
  ],
  [
    "an effect on hops that goes with copies",
    { goesWith: "copies" },
    'effect: goes with copies, and its effect is not "copy" alone (for 3)',
  ],
  [
    "failing closed that goes with copies",
    { goesWith: "copies", ...returns({ copy: { a: 1 }, failsClosed: true }) },
    'effect: goes with copies, and its effect is not "copy" alone (for 3)',
  ],
  [
    "a priority that goes with copies",
    { goesWith: "copies", ...returns({ copy: { a: 1 }, priority: 1 }) },
    'effect: goes with copies, and its effect is not "copy" alone (for 3)',
  ],
  [
    "an effect on copies that goes with hops",
    { goesWith: "hops" },
    'effect: goes with hops, and its effect has "copy" (for 3)',
  ],
  ["an effect that counts", { effect: () => ({ priority: calls++ }) }, /^effect: must be pure/],
  [
    "an effect that is wrong at a bound",
    { effect: (mood) => ({ priority: 1001 - Number(mood) }) },
    "effect: priority must be a whole number from 0 to 1000: is 1001 (for 0)",
  ],
  ["an effect that changes its value", {
    schema: Type.Array(Type.Integer()),
    example: [1],
    effect: (list) => ({ copy: { count: (list as number[]).push(2) } }),
  }, /^effect: throws for \[1\]: TypeError/],
];

Deno.test.each(WRONG)("an option with %s", (_, fault, said) => {
  const lines = conformance({ ...option, ...fault }, optionProperties);
  if (typeof said === "string") assert.deepEqual(lines, [said]);
  else assert.match(lines.join("\n"), said);
});

Deno.test("the option without the faults conforms", () => {
  assert.deepEqual(conformance(option, optionProperties), []);
  assert.deepEqual(shapeProblems(option, optionShape), []);
});

Deno.test.each([
  [{ ...option, example: undefined }, ["example: is missing"]],
  [{ ...option, example: null }, []],
  [{ ...option, goesWith: 1 }, ["goesWith: must be a string: is a number"]],
  [{ ...option, effect: {} }, ["effect: must be a function: is an object"]],
  [{ ...option, default: 1 }, [
    "default: is unknown: known are field, docs, schema, example, goesWith, check, rules, checkForHops, rulesForHops, effect",
  ]],
])(
  "of the shape of %o it is said: %o",
  (plugin, said) => assert.deepEqual(shapeProblems(plugin, optionShape), said),
);

Deno.test("the API lets authors define options", () =>
  assert.equal(api.defineOption(option), option));
