/** Options as fields and as annotations: which value counts, and which problems are reported. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineOption, type Option } from "../contracts/mod.ts";
import { sentence } from "../contracts/condition.ts";
import { index, type Registries } from "../contracts/registry.ts";
import { actions, options } from "../../plugins/mod.ts";
import { program } from "../cli/program.ts";
import { targets } from "../../targets/mod.ts";
import { ADDITIONAL_PORTS, annotationOf } from "./forms.ts";
import { optionsOf } from "./options.ts";
import { parseObject } from "./parse.ts";
import { validateText } from "./manifest.ts";

/** An option whose value is a list, with a check of its own. */
const routes = defineOption({
  field: "viaRoutes",
  docs: "Names routes.",
  schema: Type.Array(
    Type.Object({ to: Type.String(), cost: Type.Optional(Type.Integer({ minimum: 1 })) }),
    { maxItems: 2 },
  ),
  example: [{ to: "a" }],
  check: (all) => all.length > 0 ? [] : [{ path: "", message: "must have a route" }],
  effect: (viaRoutes) => ({ hop: { viaRoutes } }),
});
const mood = defineOption({
  field: "mood",
  docs: "Names a mood.",
  schema: Type.Enum(["Calm", "Bad"]),
  example: "Calm",
  goesWith: "copies",
  effect: (mood) => ({ copy: { mood } }),
});
const registriesWith = (...more: readonly Option[]): Registries => ({
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", [...options, ...more], ({ field }) => field),
});
const registries = registriesWith(routes, mood);

type Fields = Readonly<Record<string, unknown>>;
const control = (spec: Fields, annotations: Fields = {}) => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "r", annotations },
  spec: {
    appliedTo: { podSelector: {} },
    direction: "Both",
    action: "Redirect",
    targetPort: { device: { name: "a" } },
    returnPort: { device: { name: "b" } },
    ...spec,
  },
});
const mirror = { action: "Mirror", returnPort: undefined };

const PRIORITY = "sluice.dev/priority";
const ROUTES = "sluice.dev/via-routes";
const AT = "/metadata/annotations/sluice.dev~1";
const DIFFERS = 'Annotation "sluice.dev/priority" has another value than field "spec.priority"';

const KNOWN = "remove the annotation, or use one of " +
  [ADDITIONAL_PORTS, ...registries.options.keys()].map(annotationOf).join(", ");

/** Each case: a description, an object, and its values or its problems as `path: message`. */
const FOUND: readonly [what: string, object: object, values: Fields | readonly string[]][] = [
  ["none", control({}), {}],
  ["a field", control({ priority: 0 }), { priority: 0 }],
  ["an annotation", control({}, { [PRIORITY]: "1000" }), { priority: 1000 }],
  ["both, equal", control({ priority: 7 }, { [PRIORITY]: "7" }), { priority: 7 }],
  ["both, different: the field counts", control({ priority: 7 }, { [PRIORITY]: "8" }), {
    priority: 7,
  }],
  ["JSON", control({}, { [ROUTES]: '[{"to": "x", "cost": 2}]' }), {
    viaRoutes: [{ to: "x", cost: 2 }],
  }],
  ["YAML", control({}, { [ROUTES]: "- to: x\n  cost: 2\n- {to: z}\n" }), {
    viaRoutes: [{ to: "x", cost: 2 }, { to: "z" }],
  }],
  ["a comment in YAML", control({}, { [PRIORITY]: "7 # more than the other" }), { priority: 7 }],
  ["a plain text", control(mirror, { "sluice.dev/mood": "Calm" }), { mood: "Calm" }],
  ["annotations with other prefixes", control({}, { "example.com/priority": "x" }), {}],

  ["too large", control({ priority: 1001 }), ["/spec/priority: must be <= 1000: is 1001"]],
  ["negative", control({ priority: -1 }), ["/spec/priority: must be >= 0: is -1"]],
  ["a fraction", control({ priority: 1.5 }), ["/spec/priority: must be integer: is 1.5"]],
  ["a text", control({ priority: "1" }), ['/spec/priority: must be integer: is "1"']],
  ["null", control({ priority: null }), {}],
  ["not with Mirror", control({ ...mirror, priority: 1 }), [
    "/spec/priority: must be absent for action Mirror",
  ]],
  ["not with Redirect", control({ mood: "Calm" }), [
    "/spec/mood: must be absent for action Redirect",
  ]],
  ["a field within", control({ viaRoutes: [{ to: "x", price: 1 }] }), [
    "/spec/viaRoutes/0/price: is an unknown field",
  ]],
  ["the option's own check", control({ viaRoutes: [] }), ["/spec/viaRoutes: must have a route"]],

  ["a wrong annotation", control({}, { [PRIORITY]: "high" }), [
    `${AT}priority: must be integer: is "high"`,
  ]],
  ["a number in quotes", control({}, { [PRIORITY]: '"7"' }), [
    `${AT}priority: must be integer: is "7"`,
  ]],
  ["a wrong annotation beside a right field", control({ priority: 7 }, { [PRIORITY]: "1001" }), [
    `${AT}priority: must be <= 1000: is 1001`,
  ]],
  ["an empty annotation", control({}, { [PRIORITY]: "" }), [`${AT}priority: is empty`]],
  ["an annotation with Mirror", control(mirror, { [PRIORITY]: "7" }), [
    `${AT}priority: must be absent for action Mirror`,
  ]],
  ["deep in an annotation", control({}, { [ROUTES]: "[{to: x}, {to: z, cost: 0}]" }), [
    `${AT}via-routes/1/cost: must be >= 1: is 0`,
  ]],
  ["an open bracket", control({}, { [ROUTES]: '[{"to": "x"}' }), [
    `${AT}via-routes: is no YAML: the flow sequence [ that begins here is never closed`,
  ]],
  ["a key twice", control({}, { [ROUTES]: "- to: x\n  to: y" }), [
    `${AT}via-routes: is no YAML: has the key "to" twice`,
  ]],
  ["two documents", control({}, { [PRIORITY]: "7\n---\n8" }), [
    `${AT}priority: must be one YAML document`,
  ]],
  ["too deep", control({}, { [ROUTES]: "[".repeat(300) }), [
    `${AT}via-routes: is nested more than 200 deep`,
  ]],
  ["a misspelled annotation", control({}, { "sluice.dev/prio": "7" }), {}],
  ["an annotation of Pods", control({}, { "sluice.dev/ovs-port": "a" }), {}],
  ["an annotation that is no text", control({}, { [PRIORITY]: 7 }), [
    `${AT}priority: must be a string: quote it`,
  ]],
];

Deno.test.each(FOUND)("options: %s", (_, object, wanted) => {
  const parsed = parseObject("TrafficControl", object, registries);
  if ("problems" in parsed) {
    assert.deepEqual(parsed.problems.map(({ path, message }) => `${path}: ${message}`), wanted);
    return;
  }
  assert.ok(parsed.kind === "TrafficControl");
  assert.deepEqual(parsed.object.options ?? {}, wanted);
});

Deno.test.each([
  [{ priority: 7 }, { [PRIORITY]: "8" }, [`${DIFFERS}, which counts: remove the annotation`]],
  [{ priority: 7 }, { [PRIORITY]: "7" }, []],
  [{ viaRoutes: [{ to: "x", cost: 2 }] }, { [ROUTES]: "[{cost: 2, to: x}]" }, []],
  [{}, { [PRIORITY]: "8" }, []],
  [{}, { [PRIORITY]: "8", "sluice.dev/prio": "7", "sluice.dev/owner": "me" }, [
    `Annotation "sluice.dev/prio" is no option: ${KNOWN}`,
    `Annotation "sluice.dev/owner" is no option: ${KNOWN}`,
  ]],
  [{}, { "sluice.dev/Failure-mod": "Open", "sluice.dev/via-routs": "[]" }, [
    'Annotation "sluice.dev/Failure-mod" is no option: did you mean "sluice.dev/failure-mode"? If not, remove the annotation',
    'Annotation "sluice.dev/via-routs" is no option: did you mean "sluice.dev/via-routes"? If not, remove the annotation',
  ]],
])("a field %o and an annotation %o: %o", (spec, annotations, said) => {
  const parsed = parseObject("TrafficControl", control(spec, annotations), registries);
  assert.ok(!("problems" in parsed) && parsed.kind === "TrafficControl");
  const { conditions } = parsed.control;
  assert.deepEqual(conditions.map(sentence), said);
  assert.ok(conditions.every(({ reason, warning }) => reason === "Invalid" && warning));
});

Deno.test("property: optionsOf is pure, and throws for no object", () => {
  const object = control({ priority: 7 }, { [PRIORITY]: "8" });
  assert.deepEqual(optionsOf(object, registries), optionsOf(structuredClone(object), registries));
  for (
    const odd of [
      {},
      { spec: 1, metadata: null },
      { spec: [], metadata: { annotations: [] } },
      { spec: { action: Object.create(null) } },
    ]
  ) {
    assert.deepEqual(optionsOf(odd, registries), { values: {}, problems: [], remarks: [] });
  }
});

Deno.test("without options in the registry, every annotation with Sluice's prefix is unknown", () => {
  const none = { ...registries, options: new Map() };
  const { problems, remarks } = optionsOf(control({}, { [PRIORITY]: "7" }), none);
  assert.deepEqual(problems, []);
  assert.deepEqual(remarks.map(({ condition }) => sentence(condition)), [
    `Annotation "${PRIORITY}" is no option: remove the annotation, or use one of sluice.dev/additional-ports`,
  ]);
});

Deno.test("TrafficControls are sorted by priority and then by age; the priority is 500 if none is given", () => {
  const of = (spec: Fields, creationTimestamp?: string) => {
    const object = control(spec);
    const metadata = { ...object.metadata, ...(creationTimestamp && { creationTimestamp }) };
    const parsed = parseObject("TrafficControl", { ...object, metadata }, registries);
    assert.ok(!("problems" in parsed) && parsed.kind === "TrafficControl");
    return parsed.control;
  };
  assert.equal(of({}).priority, 500);
  assert.equal(of({}).rank, of({ priority: 500 }).rank);
  const [old, young] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
  const order = [
    of({ priority: 0 }, young),
    of({ priority: 99 }, young),
    of({}, old),
    of({}, young),
    of({ priority: 1000 }, old),
  ].map(({ rank }) => rank);
  assert.deepEqual(order, order.toSorted());
});

Deno.test("the annotation of an option is its field in kebab-case", () => {
  const fields = ["priority", "failureMode", "nonIP", "activeDeadlineSeconds", "balanceBy2"];
  assert.deepEqual(fields.map((field) => annotationOf(field).replace("sluice.dev/", "")), [
    "priority",
    "failure-mode",
    "non-ip",
    "active-deadline-seconds",
    "balance-by2",
  ]);
});

Deno.test("two built-in options with one annotation end the program before it does anything", () => {
  const plugins = (...fields: readonly string[]) => {
    const options = fields.map((field) => ({ ...mood, field }) as unknown as Option);
    const none = { resolvers: new Map(), pipelines: new Map(), sources: new Map() };
    return { ...registriesWith(...options), ...none };
  };
  assert.throws(() => program(plugins("viaIP", "mood", "viaIp"), ""), {
    name: "TerminalError",
    message:
      'Cannot register options "viaIP" and "viaIp": both have annotation "sluice.dev/via-ip"',
  });
  program(plugins("viaIP", "mood"), "");
});

Deno.test("properties that every object inherits are not values of options", () => {
  const all = { ...registries, options: new Map([["toString", { ...mood, field: "toString" }]]) };
  assert.deepEqual(optionsOf(control(mirror), all as unknown as Registries), {
    values: {},
    problems: [],
    remarks: [],
  });
});

Deno.test("validate names the line of a wrong option, whether it is a field or an annotation", () => {
  const text = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata:
  name: r
  annotations:
    sluice.dev/priority: "1001"
spec:
  appliedTo: {podSelector: {}}
  direction: Both
  action: Redirect
  priority: first
  targetPort: {device: {name: a}}
  returnPort: {device: {name: b}}
`;
  const { problems } = validateText("r.yaml", text, registries);
  assert.deepEqual(problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`), [
    `6: ${AT}priority: must be <= 1000: is 1001`,
    '11: /spec/priority: must be integer: is "first"',
  ]);
});
