/** Wrong manifests, one thing wrong in each: what is written, and every line that must be said of it. @module */

/**
 * Where the agent shows it: as a condition of the TrafficControl, as an issue of a file that cannot be read, or as an
 * issue of an object that is refused. A Pod's annotations are conditions of what selects it, on its own node alone.
 */
export type Shown = "condition" | "issue" | "refused" | "local";

export interface WrongFile {
  /** Its name in the folder; an object in it is called the same, without what comes after the dot. */
  readonly file: string;
  readonly content: string | Uint8Array | ((path: string) => Promise<unknown>);
  /** `line: path: message`, or `line: message` where the whole document is meant. */
  readonly problems: readonly string[];
  readonly shown: Shown;
  /** The agent's own words, where they are not those of `validate`: `reason message` of a condition, else a line. */
  readonly agent?: readonly string[];
}

/** What the agent says of an object that it cannot even name. */
export const NO_HEAD = "is no Kubernetes object with a kind and a name";
/** The agent judges an object by its kind and name before it says more. */
export const inAgent = (row: WrongFile, ...agent: string[]): WrongFile => ({ ...row, agent });

/** What the changes below are made to; the lines count from 1. */
const MIRROR = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata:
  name: NAME
spec:
  appliedTo:
    podSelector:
      matchLabels: {app: web}
  direction: Both
  action: Mirror
  targetPort:
    vxlan:
      remoteIP: 192.0.2.1
      vni: 7
`;
const REDIRECT = MIRROR.replace("Mirror", "Redirect").replace(/ {4}vxlan[^]*/, "") +
  `    device: {name: in0}
  returnPort:
    device: {name: out0}
`;
const POD = `apiVersion: v1
kind: Pod
metadata:
  name: NAME
  namespace: prod
  labels: {app: web}
  annotations:
    sluice.dev/ovs-port: port1
spec: {nodeName: node9}
status: {podIPs: [{ip: 10.0.0.1}]}
`;
const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata:
  name: NAME
  labels: {team: a}
`;

/** @throws {TypeError} If there is nothing to change: the line would not be wrong. */
function change(text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new TypeError(`Cannot change "${from}": it is not there`);
  return changed;
}

type Change = (
  name: string,
  change: readonly [from: string | RegExp, to: string],
  ...problems: string[]
) => WrongFile;

const changing = (text: string, shown: Shown): Change => (name, [from, to], ...problems) => ({
  file: `${name}.yaml`,
  content: change(text, from, to).replace("NAME", name),
  problems,
  shown,
});
export const mirror = changing(MIRROR, "condition");
export const redirect = changing(REDIRECT, "condition");
/** A mirror of which not even name and kind can be read. */
const nameless: Change = (...row) => inAgent(changing(MIRROR, "issue")(...row), `1: ${NO_HEAD}`);
export const pod = changing(POD, "refused");
export const annotated = changing(POD, "local");
export const namespace = changing(NAMESPACE, "refused");

export const BRIDGE = "br0";

/** A good object of each kind. */
export const GOOD = { mirror: MIRROR, redirect: REDIRECT, pod: POD, namespace: NAMESPACE };

export const DNS = "must be a DNS name: lower case letters, digits, - and ., at most 253";
const KINDS = "must be one of TrafficControl, Pod, Namespace";
const ANTREA = "must be crd.antrea.io/v1alpha2";

const HEADS: readonly WrongFile[] = [
  mirror("version-of-core", [/^apiVersion.*/, "apiVersion: v1"], `1: /apiVersion: ${ANTREA}`),
  mirror("version-number", [/^apiVersion.*/, "apiVersion: 1"], `1: /apiVersion: ${ANTREA}`),
  mirror("version-missing", [/^apiVersion.*\n/, ""], `1: /apiVersion: ${ANTREA}`),
  inAgent(
    nameless(
      "kind-plural",
      ["TrafficControl", "TrafficControls"],
      `2: /kind: ${KINDS}: is "TrafficControls"`,
    ),
    "1: kind TrafficControls is not one of TrafficControl, Pod, Namespace: ignored",
  ),
  nameless("kind-number", ["TrafficControl", "5"], `2: /kind: ${KINDS}: is 5`),
  nameless("kind-missing", ["kind: TrafficControl\n", ""], "1: /kind: is required"),
  nameless("metadata-missing", ["metadata:\n  name: NAME\n", ""], "1: /metadata: is required"),
  nameless(
    "metadata-text",
    ["metadata:\n  name: NAME", "metadata: web"],
    '3: /metadata: must be object: is "web"',
  ),
  nameless("name-missing", ["name: NAME", "labels: {}"], "3: /metadata/name: is required"),
  nameless("name-number", ["name: NAME", "name: 5"], "4: /metadata/name: must be string: is 5"),
  nameless("name-nothing", ["name: NAME", "name:"], "4: /metadata/name: is required"),
  nameless("name-empty", ["name: NAME", 'name: ""'], `4: /metadata/name: ${DNS}: is ""`),
  mirror("name-upper-case", ["name: NAME", "name: Web"], `4: /metadata/name: ${DNS}: is "Web"`),
  mirror("name-with-blank", ["name: NAME", "name: a b"], `4: /metadata/name: ${DNS}: is "a b"`),
  mirror(
    "name-too-long",
    ["name: NAME", `name: ${"a".repeat(254)}`],
    `4: /metadata/name: ${DNS}: is "${"a".repeat(60)}..."`,
  ),
  mirror(
    "namespace-of-cluster",
    ["name: NAME", "name: NAME\n  namespace: 5"],
    "5: /metadata/namespace: must be string: is 5",
  ),
  mirror(
    "metadata-unknown",
    ["name: NAME", "name: NAME\n  label: {}"],
    '5: /metadata/label: is an unknown field: did you mean "labels"?',
  ),
  mirror(
    "labels-text",
    ["name: NAME", "name: NAME\n  labels: x"],
    '5: /metadata/labels: must be a map of strings: is "x"',
  ),
  mirror(
    "labels-bad",
    ["name: NAME", 'name: NAME\n  labels:\n    a: 1\n    "b c": x\n    d: "-"'],
    "6: /metadata/labels/a: must be a string: quote it",
    '7: /metadata/labels/b c: "b c" is no label key',
    '8: /metadata/labels/d: "-" is no label value',
  ),
  mirror(
    "annotations-bad",
    ["name: NAME", 'name: NAME\n  annotations:\n    a: true\n    "b c": x'],
    "6: /metadata/annotations/a: must be a string: quote it",
    '7: /metadata/annotations/b c: "b c" is no annotation key',
  ),
  mirror(
    "time-word",
    ["name: NAME", "name: NAME\n  creationTimestamp: yesterday"],
    "5: /metadata/creationTimestamp: must be a time: RFC 3339",
  ),
  mirror("time-30-february", [
    "name: NAME",
    "name: NAME\n  creationTimestamp: 2026-02-30T00:00:00Z",
  ], "5: /metadata/creationTimestamp: must be a time: RFC 3339"),
  mirror(
    "time-number",
    ["name: NAME", "name: NAME\n  creationTimestamp: 2026"],
    "5: /metadata/creationTimestamp: must be a time: RFC 3339",
  ),
  mirror(
    "root-unknown",
    ["spec:", "specs: {}\nspec:"],
    '5: /specs: is an unknown field: did you mean "spec"?',
  ),
];

const DIRECTIONS = "must be one of Ingress, Egress, Both";
const ACTIONS = "must be one of Mirror, Redirect";
const SPECS: readonly WrongFile[] = [
  mirror("spec-missing", [/spec:[^]*/, ""], "1: /spec: is required"),
  mirror("spec-nothing", [/spec:[^]*/, "spec:\n"], "5: /spec: is required"),
  mirror("spec-list", [/spec:[^]*/, "spec: []\n"], "5: /spec: must be object: is a list"),
  mirror(
    "spec-unknown",
    ["  direction", "  colour: red\n  direction"],
    "9: /spec/colour: is an unknown field",
  ),
  mirror("direction-word", ["Both", "Up"], `9: /spec/direction: ${DIRECTIONS}: is "Up"`),
  mirror("direction-lower-case", ["Both", "both"], `9: /spec/direction: ${DIRECTIONS}: is "both"`),
  mirror(
    "direction-list",
    ["Both", "[Ingress, Egress]"],
    "9: /spec/direction: must be string: is a list",
  ),
  mirror("direction-missing", ["  direction: Both\n", ""], "5: /spec/direction: is required"),
  mirror("action-word", ["Mirror", "Copy"], `10: /spec/action: ${ACTIONS}: is "Copy"`),
  mirror("action-number", ["Mirror", "1"], "10: /spec/action: must be string: is 1"),
  mirror("action-missing", ["  action: Mirror\n", ""], "5: /spec/action: is required"),
  mirror(
    "several-at-once",
    [
      /direction[^]*/,
      "direction: Up\n  action: Copy\n  colour: red\n  targetPort:\n    vxlan:\n      remoteIP: 224.0.0.1\n      vni: -1\n      key: 1\n",
    ],
    `9: /spec/direction: ${DIRECTIONS}: is "Up"`,
    `10: /spec/action: ${ACTIONS}: is "Copy"`,
    "11: /spec/colour: is an unknown field",
    "14: /spec/targetPort/vxlan/remoteIP: must be a unicast address",
    "15: /spec/targetPort/vxlan/vni: must be >= 0: is -1",
    "16: /spec/targetPort/vxlan/key: is an unknown field",
  ),
];

export const WRONG_OBJECTS: readonly WrongFile[] = [...HEADS, ...SPECS];
