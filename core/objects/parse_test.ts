/** How objects are checked and typed, and which problems wrong ones have. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { index, type Registries } from "../contracts/registry.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { compileControl } from "./compile.ts";
import { KINDS, parseObject } from "./parse.ts";

const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

type Fields = Readonly<Record<string, unknown>>;
const GOOD = {
  appliedTo: { podSelector: { matchLabels: { app: "web" } } },
  direction: "Both",
  action: "Mirror",
  targetPort: { vxlan: { remoteIP: "192.0.2.10" } },
};
const tc = (spec: Fields = {}, metadata: Fields = {}) => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "web", ...metadata },
  spec: { ...GOOD, ...spec },
});
const redirect = (spec: Fields = {}) =>
  tc({
    action: "Redirect",
    targetPort: { device: { name: "a" } },
    returnPort: { device: { name: "b" } },
    ...spec,
  });
const pods = (podSelector: unknown) => tc({ appliedTo: { podSelector } });
const expression = (matchExpression: Fields) => pods({ matchExpressions: [matchExpression] });
const AT = "/spec/appliedTo/podSelector/matchExpressions/0";

/** The problems of an object, each as `path: message`. */
function problemsOf(raw: unknown, kind: typeof KINDS[number] = "TrafficControl"): string[] {
  const parsed = parseObject(kind, raw, registries);
  return "problems" in parsed
    ? parsed.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

const ACTIONS = "must be one of Mirror, Redirect";
const KINDS_OF_TARGET = "must be one of device, erspan, geneve, gre, ovsInternal, vxlan";
/** Each case: what is wrong, the object, and its problems. */
const REFUSED: readonly [string, unknown, string[]][] = [
  ["apiVersion", { ...tc(), apiVersion: "v1" }, ["/apiVersion: must be crd.antrea.io/v1alpha2"]],
  ["kind", { ...tc(), kind: "Pod" }, ["/kind: must be TrafficControl"]],
  ["no name", { ...tc(), metadata: {} }, ["/metadata/name: is required"]],
  ["name", tc({}, { name: "No_DNS" }), [
    '/metadata/name: must be a DNS name: lower case letters, digits, - and ., at most 253: is "No_DNS"',
  ]],
  ["metadata field", tc({}, { label: {} }), [
    '/metadata/label: is an unknown field: did you mean "labels"?',
  ]],
  ["number as label", tc({}, { labels: { "a/b": 1 } }), [
    "/metadata/labels/a~1b: must be a string: quote it",
  ]],
  ["time", tc({}, { creationTimestamp: "yesterday" }), [
    "/metadata/creationTimestamp: must be a time: RFC 3339",
  ]],
  ["no spec", { ...tc(), spec: undefined }, ["/spec: must be object"]],
  ["option", tc({ rule: [] }), ['/spec/rule: is an unknown field: did you mean "rules"?']],
  ["spec field", tc({ targetport: {} }), [
    '/spec/targetport: is an unknown field: did you mean "targetPort"?',
  ]],
  ["direction", tc({ direction: "both" }), [
    '/spec/direction: must be one of Ingress, Egress, Both: is "both"',
  ]],
  ["action", tc({ action: "Copy" }), [`/spec/action: ${ACTIONS}: is "Copy"`]],
  ["several at once", tc({ direction: "Up", action: "Copy" }), [
    '/spec/direction: must be one of Ingress, Egress, Both: is "Up"',
    `/spec/action: ${ACTIONS}: is "Copy"`,
  ]],
  ["no target", tc({ targetPort: undefined }), ["/spec/targetPort: is required by action Mirror"]],
  ["empty target", tc({ targetPort: {} }), [
    "/spec/targetPort: must have exactly one kind of target: has none",
  ]],
  ["two targets", tc({ targetPort: { vxlan: {}, gre: {} } }), [
    "/spec/targetPort: must have exactly one kind of target: has vxlan, gre",
  ]],
  ["unknown target", tc({ targetPort: { vxlam: {} } }), [
    `/spec/targetPort/vxlam: ${KINDS_OF_TARGET}: is "vxlam"`,
  ]],
  ["target field", tc({ targetPort: { vxlan: { remoteIP: "192.0.2.1", vni: -1, key: 1 } } }), [
    "/spec/targetPort/vxlan/key: is an unknown field",
    "/spec/targetPort/vxlan/vni: must be >= 0: is -1",
  ]],
  ["target's own check", tc({ targetPort: { gre: { remoteIP: "224.0.0.1" } } }), [
    "/spec/targetPort/gre/remoteIP: must be a unicast address",
  ]],
  ["Mirror with returnPort", tc({ returnPort: { device: { name: "b" } } }), [
    "/spec/returnPort: must be absent for action Mirror",
  ]],
  ["Redirect without returnPort", tc({ action: "Redirect" }), [
    "/spec/returnPort: is required by action Redirect",
  ]],
  [
    "Redirect to erspan",
    redirect({ targetPort: { erspan: { remoteIP: "192.0.2.1", version: 1 } } }),
    [
      "/spec/targetPort/erspan: cannot be used by action Redirect",
    ],
  ],
  [
    "Redirect back by erspan",
    redirect({ returnPort: { erspan: { remoteIP: "192.0.2.1", version: 1 } } }),
    [
      "/spec/returnPort/erspan: cannot be used by action Redirect",
    ],
  ],
  ["appliedTo null", tc({ appliedTo: null }), ["/spec/appliedTo: is required"]],
  ["selector field", pods({ matchLabel: {} }), [
    '/spec/appliedTo/podSelector/matchLabel: is an unknown field: did you mean "matchLabels"?',
  ]],
  ["label key", pods({ matchLabels: { "a b": "x" } }), [
    '/spec/appliedTo/podSelector/matchLabels/a b: "a b" is no label key',
  ]],
  ["label value", pods({ matchLabels: { a: "-x" } }), [
    '/spec/appliedTo/podSelector/matchLabels/a: "-x" is no label value',
  ]],
  ["In without values", expression({ key: "a", operator: "In" }), [
    `${AT}/values: must have values for operator In`,
  ]],
  ["NotIn with none", expression({ key: "a", operator: "NotIn", values: [] }), [
    `${AT}/values: must have values for operator NotIn`,
  ]],
  ["Exists with values", expression({ key: "a", operator: "Exists", values: ["x"] }), [
    `${AT}/values: must be absent for operator Exists`,
  ]],
  ["operator", expression({ key: "a", operator: "toString" }), [
    `${AT}/operator: must be one of In, NotIn, Exists, DoesNotExist: is "toString"`,
  ]],
  ["expression without key", expression({ operator: "Exists" }), [`${AT}/key: is required`]],
];
for (const [what, raw, problems] of REFUSED) {
  Deno.test(`TrafficControl refused: ${what}`, () => assert.deepEqual(problemsOf(raw), problems));
}

Deno.test.each([
  ["empty appliedTo", tc({ appliedTo: {} })],
  ["redirect", redirect()],
  ["one-armed redirect", redirect({ returnPort: { device: { name: "a" } } })],
  ["null as time", tc({}, { creationTimestamp: null })],
  ["null as selector", pods(null)],
  ["null as unknown field", tc({ colour: null })],
  ["null as annotation", tc({}, { annotations: { a: null } })],
  ["a namespace, as kustomize writes it", tc({}, { namespace: "prod" })],
  ["status", { ...tc(), status: { conditions: [] } }],
  ["field of a newer API server", tc({}, { uid: "1", newer: true })],
  ["label with a prefix", pods({ matchLabels: { "example.com/app": "" } })],
])("TrafficControl accepted: %s", (_, raw) => assert.deepEqual(problemsOf(raw), []));

Deno.test("a TrafficControl is read with all its fields", () => {
  const raw = tc({}, { creationTimestamp: "2026-01-02T03:04:05Z", generation: 7 });
  const parsed = parseObject("TrafficControl", raw, registries);
  assert.ok(!("problems" in parsed));
  assert.deepEqual(parsed.object, {
    name: "web",
    creationTimestamp: "2026-01-02T03:04:05Z",
    generation: 7,
    appliedTo: GOOD.appliedTo,
    direction: "Both",
    action: "Mirror",
    targetPort: { kind: "vxlan", spec: { remoteIP: "192.0.2.10" } },
  });
});

Deno.test("a Pod with all fields, and a Pod with no more than its name", () => {
  const full = parseObject("Pod", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "prod",
      uid: "u1",
      labels: { app: "web" },
      annotations: { "sluice.dev/ovs-port": "p1" },
    },
    spec: { nodeName: "n1", hostNetwork: true },
    status: {
      phase: "Running",
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
    },
  }, registries);
  assert.partialDeepStrictEqual(full, {
    key: { namespace: "prod", name: "web" },
    object: {
      uid: "u1",
      labels: { app: "web" },
      annotations: { "sluice.dev/ovs-port": "p1" },
      nodeName: "n1",
      hostNetwork: true,
      phase: "Running",
      ips: ["10.0.0.1", "fd00::1"],
    },
  });
  const bare = parseObject("Pod", { metadata: { name: "web" } }, registries);
  assert.deepEqual("object" in bare && bare.object, {
    namespace: "default",
    name: "web",
    uid: "default/web",
    labels: {},
    annotations: {},
    hostNetwork: false,
    ips: [],
  });
  const one = parseObject("Pod", { metadata: { name: "w" }, status: { podIP: "::1" } }, registries);
  assert.partialDeepStrictEqual(one, { object: { ips: ["::1"] } });
});

Deno.test("a Pod's address that is no IP address is a problem", () =>
  assert.deepEqual(
    problemsOf({ metadata: { name: "w" }, status: { podIPs: [{ ip: "10.0.0" }] } }, "Pod"),
    ['/status/podIPs/0/ip: must be an IP address: is "10.0.0"'],
  ));

Deno.test("a Namespace has its name as a label, whatever labels the object has", () => {
  const labels = { env: "prod", "kubernetes.io/metadata.name": "other" };
  const parsed = parseObject("Namespace", { metadata: { name: "prod", labels } }, registries);
  assert.ok(!("problems" in parsed));
  assert.deepEqual(parsed.object, {
    name: "prod",
    labels: { env: "prod", "kubernetes.io/metadata.name": "prod" },
  });
});

/** Invariant: no value makes parseObject throw, and every TrafficControl that it accepts can be compiled. */
Deno.test("property: no value makes parseObject throw", () => {
  const piece = fc.oneof(fc.anything(), fc.constantFrom("Mirror", "Redirect", "Both", "web", "v1"));
  const mutated = fc.tuple(
    fc.constantFrom(...Object.keys(GOOD), "returnPort", "x"),
    fc.oneof(
      piece,
      fc.dictionary(fc.constantFrom(...registries.targets.keys(), "podSelector"), piece),
    ),
  ).map(([field, value]) => tc({ [field]: value }));
  const raw = fc.oneof(piece, mutated, fc.record({ metadata: piece, spec: piece, status: piece }));
  fc.assert(fc.property(fc.constantFrom(...KINDS), raw, (kind, raw) => {
    const parsed = parseObject(kind, raw, registries);
    if ("problems" in parsed) assert.ok(parsed.problems.length > 0);
    else if (parsed.kind === "TrafficControl") compileControl(parsed.object, registries);
  }));
});
