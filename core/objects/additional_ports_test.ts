/** `additionalPorts` as a field and as an annotation: which are refused, and with which problems. */
import assert from "node:assert/strict";
import { sentence } from "../contracts/condition.ts";
import { defineAction } from "../contracts/mod.ts";
import { index, type Registries } from "../contracts/registry.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { parseObject } from "./parse.ts";

const drop = defineAction({
  name: "Drop",
  docs: "Drops packets.",
  targetPort: "forbidden",
  returnPort: "forbidden",
  treat: () => ({ drop: true }),
});
const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", [...actions, drop], ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

type Fields = Readonly<Record<string, unknown>>;
const device = (name: string) => ({ device: { name } });
const vxlan = { vxlan: { remoteIP: "192.0.2.1" } };
const SPECS: Readonly<Record<string, Fields>> = {
  Mirror: { action: "Mirror", targetPort: device("a") },
  Redirect: { action: "Redirect", targetPort: device("a"), returnPort: device("b") },
  Drop: { action: "Drop" },
};
const ANNOTATION = "sluice.dev/additional-ports";

function parse(action: string, more: Fields, annotations: Fields = {}) {
  return parseObject("TrafficControl", {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name: "t", annotations },
    spec: { appliedTo: {}, direction: "Both", ...SPECS[action], ...more },
  }, registries);
}

function problemsOf(...given: Parameters<typeof parse>): string[] {
  const parsed = parse(...given);
  return "problems" in parsed
    ? parsed.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

const to = (name: string, more: Fields = {}) => ({ name, targetPort: device(name), ...more });
const through = (target: string, returned: string, more: Fields = {}) =>
  to(target, { returnPort: device(returned), ...more });
const many = (count: number) => Array.from({ length: count }, (_, at) => to(`x${at}`));
const NO_LABEL =
  "does not fit: A name of the entry, a DNS label: lower case letters, digits and -, at most 63";
const ONE_WAY = { erspan: { remoteIP: "192.0.2.1", version: 1 } };

/** Each case: what it is about, the action, the value, and its problems as `path: message`. */
const JUDGED: readonly [string, action: string, value: unknown, problems: readonly string[]][] = [
  ["no entry", "Mirror", [], []],
  ["a mirror's", "Mirror", [to("c"), { name: "d", targetPort: vxlan, weight: 16 }], []],
  ["a redirect's", "Redirect", [through("c", "d"), through("e", "f", { weight: 1 })], []],
  ["one-armed", "Redirect", [through("c", "c")], []],
  ["15 entries", "Mirror", many(15), []],
  ["a one-way target of a mirror", "Mirror", [to("c", { targetPort: ONE_WAY })], []],

  ["16 entries", "Mirror", many(16), [": must not have more than 15 items"]],
  ["an object", "Mirror", {}, [": must be array: is an object"]],
  ["a text", "Mirror", "c", [': must be array: is "c"']],
  ["an entry that is none", "Mirror", ["c"], ['/0: must be object: is "c"']],
  ["an empty entry", "Mirror", [{}], ["/0/name: is required", "/0/targetPort: is required"]],
  ["an unknown field", "Mirror", [to("c", { port: 1 })], ["/0/port: is an unknown field"]],
  ["a name that is no label", "Mirror", [to("c", { name: "C" })], [`/0/name: ${NO_LABEL}: is "C"`]],
  ["a number as name", "Mirror", [to("c", { name: 1 })], ["/0/name: must be string: is 1"]],
  ["weight 0", "Mirror", [to("c", { weight: 0 })], ["/0/weight: must be >= 1: is 0"]],
  ["weight 17", "Mirror", [to("c", { weight: 17 })], ["/0/weight: must be <= 16: is 17"]],
  ["half a weight", "Mirror", [to("c", { weight: 0.5 })], ["/0/weight: must be integer: is 0.5"]],
  ["a name twice", "Mirror", [to("c"), to("d"), to("e", { name: "c" })], [
    '/2/name: must differ from all others: is "c"',
  ]],
  ["a target that is none", "Mirror", [to("c", { targetPort: "d" })], [
    '/0/targetPort: must be object: is "d"',
  ]],
  ["an unknown kind", "Mirror", [to("c", { targetPort: { stt: {} } })], [
    "/0/targetPort/stt: must be one of device, erspan, geneve, gre, ovsInternal, vxlan: " +
    'is "stt"',
  ]],
  ["two kinds", "Mirror", [to("c", { targetPort: { ...vxlan, ...ONE_WAY } })], [
    "/0/targetPort: must have exactly one kind of target: has vxlan, erspan",
  ]],
  ["a target's own check", "Mirror", [to("c", { targetPort: device("lo") })], [
    '/0/targetPort/device/name: cannot be "lo": the name is the kernel\'s own',
  ]],
  ["a return port of a mirror", "Mirror", [to("c"), through("d", "e")], [
    "/1/returnPort: must be absent for action Mirror",
  ]],
  ["no return port of a redirect", "Redirect", [to("c")], [
    "/0/returnPort: is required by action Redirect",
  ]],
  ["a one-way target of a redirect", "Redirect", [through("c", "d", { targetPort: ONE_WAY })], [
    "/0/targetPort/erspan: cannot be used by action Redirect",
  ]],
  ["a one-way return port", "Redirect", [through("c", "d", { returnPort: ONE_WAY })], [
    "/0/returnPort/erspan: cannot be used by action Redirect",
  ]],
  ["an action without ports", "Drop", [to("c")], [": must be absent for action Drop"]],
  ["the port of the spec", "Mirror", [to("c", { targetPort: { ovsInternal: { name: "a" } } })], [
    '/0/targetPort/ovsInternal: must differ from the ports of spec: is "a"',
  ]],
  ["the other port of the spec", "Redirect", [through("b", "c")], [
    '/0/targetPort/device: must differ from the ports of spec: is "b"',
  ]],
  ["a port of another entry", "Redirect", [through("c", "d"), through("e", "c")], [
    '/1/returnPort/device: must differ from the ports of entry "c": is "c"',
  ]],
  ["one-armed twice", "Redirect", [through("c", "c"), through("c", "c", { name: "d" })], [
    '/1/targetPort/device: must differ from the ports of entry "c": is "c"',
    '/1/returnPort/device: must differ from the ports of entry "c": is "c"',
  ]],
  ["several faults", "Redirect", [through("c", "a", { weight: 0 }), to("C")], [
    "/0/weight: must be >= 1: is 0",
    `/1/name: ${NO_LABEL}: is "C"`,
    "/1/returnPort: is required by action Redirect",
  ]],
];

Deno.test.each(JUDGED)("additionalPorts: %s", (_, action, additionalPorts, problems) => {
  const at = (path: string) => problems.map((each) => `${path}${each}`);
  assert.deepEqual(problemsOf(action, { additionalPorts }), at("/spec/additionalPorts"));
  assert.deepEqual(
    problemsOf(action, {}, { [ANNOTATION]: JSON.stringify(additionalPorts) }),
    at("/metadata/annotations/sluice.dev~1additional-ports"),
  );
});

Deno.test("additionalPorts: a tunnel that two entries share is a port that stands twice", () => {
  const [problem] = problemsOf("Mirror", {
    additionalPorts: [
      { name: "c", targetPort: vxlan },
      { name: "d", targetPort: { vxlan: { remoteIP: "192.0.2.1", destinationPort: 4789 } } },
    ],
  });
  assert.match(
    problem!,
    /^\/spec\/additionalPorts\/1\/targetPort\/vxlan: must differ from the ports of entry "c": is "vxlan-/,
  );
});

Deno.test("additionalPorts: an annotation that is no YAML", () =>
  assert.deepEqual(problemsOf("Mirror", {}, { [ANNOTATION]: "[{name: c}" }), [
    "/metadata/annotations/sluice.dev~1additional-ports: is no YAML: " +
    "the flow sequence [ that begins here is never closed",
  ]));

Deno.test.each<[Fields, Fields, unknown, string[]]>([
  [{}, {}, undefined, []],
  [{ additionalPorts: [] }, {}, undefined, []],
  [{ additionalPorts: [through("c", "d")] }, {}, ["c"], []],
  [{}, { [ANNOTATION]: JSON.stringify([through("c", "d")]) }, ["c"], []],
  [
    {},
    {
      [ANNOTATION]:
        "- name: c\n  targetPort: {device: {name: c}}\n  returnPort: {device: {name: d}}\n",
    },
    ["c"],
    [],
  ],
  [
    { additionalPorts: [through("c", "d")] },
    { [ANNOTATION]: JSON.stringify([through("c", "d")]) },
    ["c"],
    [],
  ],
  [
    { additionalPorts: [through("c", "d")] },
    { [ANNOTATION]: JSON.stringify([through("e", "f")]) },
    ["c"],
    [
      `Annotation "${ANNOTATION}" has another value than field "spec.additionalPorts", which counts: ` +
      "remove the annotation",
    ],
  ],
])(
  "additionalPorts: of %o and annotations %o it has %o, and warns %o",
  (spec, notes, names, said) => {
    const parsed = parse("Redirect", spec, notes);
    assert.ok("control" in parsed, JSON.stringify(parsed));
    assert.deepEqual(parsed.object.additionalPorts?.map(({ name }) => name), names);
    assert.deepEqual(parsed.control.conditions.map(sentence), said);
  },
);

Deno.test("additionalPorts: nothing that is not an object makes the check throw", () => {
  for (const odd of [null, 1, [], [[]], [null], [{ targetPort: null }], [{ targetPort: [] }]]) {
    assert.ok(Array.isArray(problemsOf("Redirect", { additionalPorts: odd })));
  }
});
