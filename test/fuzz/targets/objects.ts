/** What users write: manifests, objects, settings; and what the CRD and Sluice's own check say of the same object. @module */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parseConfigFile } from "../../../core/agent/config_file.ts";
import { TerminalError } from "../../../core/base/errors.ts";
import { index } from "../../../core/contracts/registry.ts";
import { parseManifest, validateText } from "../../../core/objects/manifest.ts";
import { KINDS, parseObject } from "../../../core/objects/parse.ts";
import { checkAnnotations } from "../../../core/objects/pod.ts";
import { matchesSelector } from "../../../core/model/pods/selector_index.ts";
import { actions, options } from "../../../plugins/mod.ts";
import { targets } from "../../../targets/mod.ts";
import { EXAMPLES } from "../../lab/paths.ts";
import type { Random } from "../../ownership/random.ts";
import { crdJudge } from "../crd_judge.ts";
import { defineTarget, none, only, type Target } from "../target.ts";
import { type Json, TEXTS } from "../values.ts";

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
const acceptedByCRD = crdJudge(registries);

const tunnel = { remoteIP: "192.0.2.1" };
const PORTS: readonly Json[] = [
  { ovsInternal: { name: "tap0" } },
  { device: { name: "eth1" } },
  { vxlan: { ...tunnel, vni: 7, destinationPort: 4789 } },
  { geneve: { ...tunnel, vni: 16_777_215 } },
  { gre: { remoteIP: "fd00::1", key: 4_294_967_295 } },
  { erspan: { ...tunnel, version: 1, sessionID: 3, index: 5 } },
  { erspan: { ...tunnel, version: 2, sessionID: 1023, dir: 1, hardwareID: 63 } },
];
const SELECTORS: readonly Json[] = [
  {},
  { matchLabels: { app: "web" } },
  {
    matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }, {
      key: "x/y",
      operator: "Exists",
    }],
  },
];
const named = (name: string): Json => ({ ovsInternal: { name } });
/** With fields for several sensors and for failing ones. */
const SENSORS: readonly Json[] = [
  {
    appliedTo: {},
    direction: "Both",
    action: "Redirect",
    targetPort: named("tap0"),
    returnPort: named("tap1"),
    additionalPorts: [
      { name: "b", targetPort: named("tap2"), returnPort: named("tap3"), weight: 2 },
      { name: "c", targetPort: named("tap4"), returnPort: named("tap4") },
    ],
    failureMode: "Open",
    healthProbe: { interval: "1s", timeout: "500ms", failureThreshold: 1, sourceIP: "192.0.2.1" },
  },
  {
    appliedTo: {},
    direction: "Both",
    action: "Mirror",
    targetPort: named("tap0"),
    additionalPorts: [{ name: "b", targetPort: PORTS[5]! }],
    balanceBy: "Addresses",
  },
  {
    appliedTo: {},
    direction: "Both",
    action: "Redirect",
    targetPort: named("tap0"),
    returnPort: named("tap1"),
    healthProbe: { protocol: "ICMP", destinationIP: "192.0.2.2", port: 7, size: 64 },
  },
];
const SPECS: readonly Json[] = PORTS.flatMap((targetPort, at) => [
  {
    appliedTo: { podSelector: SELECTORS[at % 3]! },
    direction: "Both",
    action: "Mirror",
    targetPort,
  },
  {
    appliedTo: { namespaceSelector: SELECTORS[at % 3]! },
    direction: "Egress",
    action: "Redirect",
    targetPort,
    returnPort: PORTS[(at + 1) % 5]!,
  },
]);
const control = (spec: Json, annotations: Json = {}): Json => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "tc", creationTimestamp: "2026-01-01T00:00:00Z", annotations },
  spec,
});
const POD: Json = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "default",
    labels: { app: "web" },
    annotations: {
      "sluice.dev/ovs-port": "veth0",
      "sluice.dev/mac": "02:00:00:00:00:01, 02:00:00:00:00:02",
      "sluice.dev/match": "ip",
      "sluice.dev/vm-id": "x",
    },
  },
  spec: { nodeName: "node1", hostNetwork: false },
  status: { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] },
};
const OBJECTS: readonly Json[] = [
  ...[...SPECS, ...SENSORS].map((spec) => control(spec)),
  control(SPECS[1]!, { "sluice.dev/priority": "5" }),
  POD,
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "n", labels: { team: "a" } } },
];
const examples = [...Deno.readDirSync(EXAMPLES)].map(({ name }) =>
  Deno.readTextFileSync(`${EXAMPLES}/${name}`)
);
const MANIFESTS = [
  ...examples,
  ...OBJECTS.slice(0, 4).map((each) => JSON.stringify(each)),
  OBJECTS.slice(0, 3).map((each) => stringify(each)).join("---\n"),
  stringify({ apiVersion: "v1", kind: "List", items: [POD, control(SPECS[0]!)] }),
  "a: &a [1, 2]\nb: *a\nc: !!str 3\n? [x]\n: y\n--- # end\n",
];

/** The time is in proportion to the length for any text, whatever is repeated in it. */
const repeated = (part: string) => (size: number) => part.repeat(size);
const GROWING = [
  "a: 1\n---\n",
  "- ",
  "[",
  "{a: ",
  "a",
  "&a ",
  '"',
  "# x\n",
  " ",
  "- a\n",
  "\n",
  "? ",
  "a:\n ",
  "|\n x\n",
  "%",
  "\\",
];
const growing = Object.fromEntries(GROWING.map((part) => [JSON.stringify(part), repeated(part)]));

const CONFIG = [
  "ovsBridge: br-int\nlogLevel: info\nsource: [files, kubernetes]\nfeatureGates:\n  TrafficControl: true\n",
  "manifests: /etc/sluice\ntableBase: 200\nsilence: 90\nallowProtocolChange: false\n",
  "# antrea-agent.conf\nhostGateway: antrea-gw0\ntrafficEncapMode: encap\n",
];

/** The schema does not say what a label may be: Kubernetes' own types do not, either. */
const SELECTOR = /^\/spec\/appliedTo\/(pod|namespace)Selector\/match/;
/** Which port a target names, no rule can say. */
const SAME_PORT = /^must differ from the ports of/;

/** What the CRD refuses, Sluice refuses, too; and what it accepts, Sluice accepts but for labels and ports named twice. */
function sameVerdict(spec: Json): void {
  const parsed = parseObject("TrafficControl", control(spec), registries);
  const problems = ("problems" in parsed ? parsed.problems : [])
    .filter(({ path, message }) => !SELECTOR.test(path) && !SAME_PORT.test(message));
  if (acceptedByCRD(spec)) assert.deepEqual(problems, [], "the CRD accepts it");
  else assert.ok("problems" in parsed && parsed.problems.length > 0, "the CRD refuses it");
}

const LABELS = ["", "a", "b", "0"];
const labels = (random: Random): Json =>
  Object.fromEntries(
    ["app", "tier", "constructor"].filter(() => random.chance(50)).map((
      key,
    ) => [key, random.pick(LABELS)]),
  );
const requirement = (random: Random): Json => {
  const operator = random.pick(["In", "NotIn", "Exists", "DoesNotExist"]);
  const values = LABELS.filter(() => random.chance(40));
  return {
    key: random.pick(["app", "tier", "toString"]),
    operator,
    ...(operator.endsWith("n") && { values }),
  };
};

/** What Kubernetes' documentation says of `matchLabels` and `matchExpressions`. */
function slowly(
  selector: {
    matchLabels?: object;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  },
  labels: Map<string, string>,
): boolean {
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) =>
    labels.get(key) === value
  ) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels.get(key);
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === "In" ? isIn : !isIn;
    });
}

function selects(input: Json): void {
  const { selector, labels } = Object(input);
  const spec = { ...Object(SPECS[0]), appliedTo: { podSelector: selector } };
  const parsed = parseObject("TrafficControl", control(spec), registries);
  const areLabels = typeof labels === "object" && labels !== null &&
    Object.values(labels).every((each) => typeof each === "string");
  if ("problems" in parsed || !areLabels || typeof selector !== "object" || selector === null) {
    return;
  }
  const map = new Map(Object.entries(labels as Record<string, string>));
  assert.equal(matchesSelector(selector, labels), slowly(selector, map));
}

export const OBJECT_TARGETS: readonly Target[] = [
  defineTarget<string>({
    name: "manifest",
    samples: MANIFESTS,
    check: (text) => {
      validateText("file", text, registries);
      for (const { raw, lineOf } of parseManifest("file", text).objects) {
        assert.ok(lineOf("/spec/targetPort") >= 1);
        JSON.stringify(raw);
      }
    },
    // Two anchors can make an object that contains itself, which JSON cannot express; the memory copes with that.
    allows: (error) => /circular structure/.test(`${error}`),
    growths: growing,
  }),
  defineTarget<Json>({
    name: "object",
    samples: OBJECTS,
    check: (object) => {
      for (const kind of KINDS) parseObject(kind, object, registries);
      const [read] = parseManifest("file", JSON.stringify(object)).objects;
      // As texts: V8's own JSON.parse confuses some keys. See docs/decisions/031-fuzzing.md.
      if (read) assert.equal(JSON.stringify(read.raw), JSON.stringify(object));
    },
    allows: none,
  }),
  defineTarget<Json>({
    name: "spec, by the CRD and by Sluice",
    samples: [...SPECS, ...SENSORS],
    check: sameVerdict,
    allows: none,
  }),
  defineTarget<Json>({
    name: "label selector",
    samples: SELECTORS.map((selector) => ({ selector, labels: { app: "web" } })),
    make: (random) => ({
      selector: {
        matchLabels: labels(random),
        matchExpressions: Array.from({ length: random.below(3) }, () => requirement(random)),
      },
      labels: labels(random),
    }),
    check: selects,
    allows: none,
  }),
  defineTarget<Json>({
    name: "annotations of a Pod",
    samples: [
      Object(POD).metadata.annotations,
      Object.fromEntries(TEXTS.map((text) => [`sluice.dev/${text}`, text])),
    ],
    check: (annotations) => checkAnnotations(annotations),
    allows: none,
  }),
  defineTarget<string>({
    name: "settings file",
    samples: CONFIG,
    check: (text) => parseConfigFile("file", text),
    allows: only(TerminalError),
  }),
];
