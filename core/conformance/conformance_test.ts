/** Plugins with one fault each, and the line that the conformance suite prints for their author. */
import assert from "node:assert/strict";
import Type from "typebox";
import { type Action, api, type Resolver, type Target } from "../api.ts";
import { actionProperties, conformance, resolverProperties, targetProperties } from "./mod.ts";
import { actionShape, resolverShape, shapeProblems, targetShape } from "./mod.ts";

const peer = Type.String({ pattern: "^[a-z0-9]{1,8}$", description: "Far end." });
const port = (spec: Record<string, unknown>) => ({
  name: `p-${spec.peer}`,
  type: "patch",
  options: { peer: `${spec.peer}` },
  identity: `${spec.peer}`,
});
const target: Target = {
  kind: "wire",
  docs: "Sends packets away.",
  lifetime: "named",
  schema: Type.Object({ peer }),
  example: { peer: "a" },
  port,
};
let calls = 0;

const TARGETS: readonly (readonly [string, Partial<Target>, string | RegExp])[] = [
  [
    "no sentence",
    { docs: "sends" },
    'docs: must be one sentence, from a capital letter to a full stop: is "sends"',
  ],
  [
    "a kind like a class",
    { kind: "Wire" },
    'kind: must be in camelCase, e.g. "ovsInternal": is "Wire"',
  ],
  [
    "no description",
    { schema: Type.Object({ peer: Type.String({ pattern: "^a$" }) }) },
    'schema: field "peer" needs a description: { description: "..." }',
  ],
  [
    "an untyped field",
    { schema: Type.Object({ peer: Type.Any({ description: "Any." }) }) },
    /^schema: throws .*"type" is missing/,
  ],
  ["a wrong example", { example: {} }, "example: /peer is required"],
  [
    "an unknown field in its example",
    { example: { peer: "a", pear: 1 } },
    'example: /pear is an unknown field: did you mean "peer"?',
  ],
  [
    "a check that refuses its example",
    { check: () => [{ path: "/peer", message: "is bad" }] },
    "example: /peer is bad",
  ],
  ["a check that throws", {
    check: () => {
      throw new RangeError("no");
    },
  }, /throws RangeError: no/],
  [
    "a long name",
    { port: (spec) => ({ ...port(spec), name: "sixteen-bytes-xx" }) },
    /^port: returns a port of which \/name does not fit: 1 to 15 printable ASCII/,
  ],
  [
    "a number as an option",
    { port: (spec) => ({ ...port(spec), options: { key: 7 as never } }) },
    /^port: returns a port of which \/options\/key must be string: is 7/,
  ],
  [
    "an unknown part of a port",
    { port: (spec) => ({ ...port(spec), opt: {} }) },
    /\/opt is an unknown field/,
  ],
  [
    "no port at all",
    { port: () => undefined as never },
    /^port: returns a port of which all must be object/,
  ],
  ["a port that throws", {
    port: () => {
      throw new Error("boom");
    },
  }, 'port: throws for {"peer":"a"}: Error: boom'],
  ["a port that changes its spec", {
    port: (spec) => ({ ...port(spec), name: (spec as { peer: string }).peer = "x" }),
  }, /^port: throws for {"peer":"a"}: TypeError/],
  [
    "a port that counts",
    { port: (spec) => ({ ...port(spec), name: `p${calls++}` }) },
    /^port: must be pure: the port for {"peer":"a"}/,
  ],
  [
    "one name for all",
    { port: (spec) => ({ ...port(spec), name: "wire0" }) },
    /^port: two identities have one name, "wire0": {"peer":"a"} and {"peer":"a0"}/,
  ],
  [
    "a name from more than the identity",
    { port: (spec) => ({ ...port(spec), identity: "one" }) },
    /^port: one identity has two names, "p-a" and "p-a0"/,
  ],
  ["a way back that it says it has", { oneWay: false as never }, "oneWay: must be true or absent"],
  [
    "half a byte",
    { overhead: 49.5 },
    "overhead: must be a number of bytes: is 49.5",
  ],
  ["a far end of the same name", {
    port: (spec) => ({
      ...port(spec),
      farEnd: { bridge: "br1", name: "p-a", type: "patch", options: {} },
    }),
  }, 'port: returns a far end with the name of its port, "p-a" (for {"peer":"a"})'],
];

Deno.test.each(TARGETS)("a target with %s", (_, fault, said) => {
  const lines = conformance({ ...target, ...fault }, targetProperties);
  if (typeof said === "string") assert.deepEqual(lines, [said]);
  else assert.match(lines.join("\n"), said);
});
Deno.test("the target without the faults conforms", () => {
  assert.deepEqual(conformance(target, targetProperties), []);
  assert.deepEqual(shapeProblems(target, targetShape), []);
});

const action: Action = {
  name: "Copy",
  docs: "Copies.",
  targetPort: "required",
  returnPort: "forbidden",
  treat: ({ target }) => ({ copies: [{ to: [target!] }] }),
};
const ACTIONS: readonly (readonly [string, Partial<Action>, string | RegExp])[] = [
  [
    "a name like a target's",
    { name: "copy" },
    'name: must be in PascalCase, e.g. "Drop": is "copy"',
  ],
  [
    "a kind that is not in camelCase",
    { refuses: ["Erspan"] },
    'refuses: must be kinds of targets: has "Erspan"',
  ],
  [
    "no treatment",
    { treat: () => undefined as never },
    "treat: must return a treatment: returns undefined",
  ],
  [
    "an empty treatment",
    { treat: () => ({}) },
    "treat: must return copies, hops or drop: does nothing",
  ],
  [
    "a port that it was not given",
    { treat: () => ({ copies: [{ to: ["eth0" as never] }] }) },
    'treat: returns port "eth0", which it was not given',
  ],
  [
    "a port that it requires and does not use",
    { treat: () => ({ drop: true }) },
    "treat: requires targetPort and does not use it",
  ],
  [
    "a hop without a return port",
    { treat: ({ target }) => ({ hops: [{ pairs: [{ target: target! } as never] }] }) },
    "treat: returns a treatment of which /hops/0/pairs/0/return is required",
  ],
  ["a hop and a drop", {
    treat: ({ target }) => ({
      hops: [{ pairs: [{ target: target!, return: target! }] }],
      drop: true,
    }),
  }, "treat: cannot both send packets through a pair and drop them"],
  [
    "a copy to nowhere",
    { treat: () => ({ copies: [{ to: [] }] }) },
    "treat: returns a treatment of which /copies/0/to must not have fewer than 1 items",
  ],
  [
    "a scope that cannot be hashed",
    { treat: ({ target }) => ({ copies: [{ to: [target!], scope: { rate: () => 1 } }] }) },
    "treat: returns a scope that is more than JSON can say",
  ],
  [
    "a wrong drop",
    { treat: ({ target }) => ({ copies: [{ to: [target!] }], drop: "yes" as never }) },
    'treat: returns a treatment of which /drop must be boolean: is "yes"',
  ],
  [
    "an unknown part of a treatment",
    { treat: ({ target }) => ({ copies: [{ to: [target!] }], meter: 1 } as never) },
    "treat: returns a treatment of which /meter is an unknown field",
  ],
  ["another treatment at each call", {
    treat: ({ target }) => {
      const copies = [{ to: [target!] }];
      return calls++ % 2 === 0 ? { copies } : { copies, drop: true };
    },
  }, /^treat: must be pure/],
];
Deno.test.each(ACTIONS)("an action with %s", (_, fault, said) => {
  calls = 0;
  const lines = conformance({ ...action, ...fault }, actionProperties);
  if (typeof said === "string") assert.deepEqual(lines, [said]);
  else assert.match(lines.join("\n"), said);
});

const resolver: Resolver = {
  name: "my-cni",
  docs: "Finds.",
  resolve: ({ uid, ips }, ports) =>
    ports.withExternalID("uid", uid).map(({ name }) => ({
      port: name,
      macs: [],
      ips,
      match: "mac",
    })),
};
const found = (fault: object) => ({
  resolve: (...[pod, ports]: Parameters<Resolver["resolve"]>) =>
    resolver.resolve(pod, ports).map((each) => ({ ...each, ...fault })),
});
const RESOLVERS: readonly (readonly [string, Partial<Resolver>, string | RegExp])[] = [
  [
    "a name with capitals",
    { name: "MyCNI" },
    'name: must be in kebab-case, e.g. "my-cni": is "MyCNI"',
  ],
  [
    "a MAC in capitals",
    found({ macs: ["AA:BB:CC:DD:EE:FF"] }),
    'resolve: returns at /0/macs/0 what does not fit: A MAC in lower case: is "AA:BB:CC:DD:EE:FF" ' +
    "(where a port has the external_ids key that it asks for, and no other)",
  ],
  [
    "an address with a prefix",
    found({ ips: ["10.0.0.1/24"] }),
    /^resolve: returns "10.0.0.1\/24", which is no IP address/,
  ],
  ["a mark that is no key", { marks: [7 as never] }, "marks: must be a list of keys: has 7"],
  [
    "an empty annotation",
    { trustedAnnotations: [""] },
    'trustedAnnotations: must be a list of keys: has ""',
  ],
  ["an unknown match", found({ match: "vlan" }), /^resolve: returns at \/0\/match/],
  ["a port on an empty bridge", {
    resolve: () => [{ port: "a", macs: [], ips: [], match: "mac" }],
  }, 'resolve: must find nothing on an empty bridge: finds "a"'],
  [
    "no result",
    { resolve: () => undefined as never },
    /^resolve: returns at \/ what must be array/,
  ],
];
Deno.test.each(RESOLVERS)("a resolver with %s", (_, fault, said) => {
  const lines = conformance({ ...resolver, ...fault }, resolverProperties);
  if (typeof said === "string") assert.deepEqual(lines, [said]);
  else assert.match(lines.join("\n"), said);
});
Deno.test("the action and the resolver without the faults conform", () => {
  assert.deepEqual(conformance(action, actionProperties), []);
  assert.deepEqual(conformance(resolver, resolverProperties), []);
  assert.deepEqual(shapeProblems(action, actionShape), []);
  assert.deepEqual(shapeProblems(resolver, resolverShape), []);
});

Deno.test.each([
  [7, ["must be an object"]],
  [null, ["must be an object"]],
  [{ ...target, chekc: () => [] }, [
    "chekc: is unknown: known are kind, docs, lifetime, oneWay, overhead, schema, example, check, port, ingressPort",
  ]],
  [{ ...target, lifetime: "short" }, ['lifetime: must be "named" or "shared": is "short"']],
  [{ ...target, port: "wire0" }, ["port: must be a function: is a string"]],
  [{ ...target, example: [] }, ["example: must be an object: is a list"]],
  [{ ...target, docs: undefined }, ["docs: is missing"]],
  [{ ...target, schema: null }, ["schema: must be an object: is null"]],
])(
  "a target of the shape %o has these problems: %o",
  (plugin, said) => assert.deepEqual(shapeProblems(plugin, targetShape), said),
);

Deno.test("plugin files get TypeBox, with which they write schemas, and the version of the API", () => {
  assert.equal(api.Type, Type);
  assert.equal(api.version, 1);
});
