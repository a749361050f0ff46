/** Wrong manifests: selectors, and the Pods and Namespaces that they select. @module */
import { annotated, DNS, mirror, namespace, pod, type WrongFile } from "./wrong.ts";

const DNS_LABEL = "must be a DNS label: lower case letters, digits and -, at most 63";

const APPLIED_TO = / {4}podSelector[^]*?(?= {2}direction)/;
/** A mirror with another selector; what it says begins at line 8. */
function selector(name: string, text: string, ...problems: string[]): WrongFile {
  const at = (problem: string) => problem.replace(": ", ": /spec/appliedTo/namespaceSelector/");
  const indented = text.replaceAll(/^/gm, "      ");
  return mirror(name, [APPLIED_TO, `    namespaceSelector:\n${indented}\n`], ...problems.map(at));
}
const expression = (name: string, text: string, ...problems: string[]) =>
  selector(
    name,
    `matchExpressions:\n- {key: env, operator: Exists}\n- ${text}`,
    ...problems.map((problem) => `10: matchExpressions/1${problem}`),
  );
const OPERATORS = "must be one of In, NotIn, Exists, DoesNotExist";

const SELECTORS: readonly WrongFile[] = [
  mirror(
    "applied-to-missing",
    [/ {2}appliedTo[^]*?(?= {2}direction)/, ""],
    "5: /spec/appliedTo: is required",
  ),
  mirror("applied-to-nothing", [APPLIED_TO, ""], "6: /spec/appliedTo: is required"),
  mirror(
    "applied-to-unknown",
    ["podSelector:", "podSelectors:"],
    '7: /spec/appliedTo/podSelectors: is an unknown field: did you mean "podSelector"?',
  ),
  mirror(
    "pod-selector-text",
    [APPLIED_TO, "    podSelector: app=web\n"],
    '7: /spec/appliedTo/podSelector: must be object: is "app=web"',
  ),
  mirror(
    "pod-selector-flat",
    ["matchLabels: {app: web}", "app: web"],
    "8: /spec/appliedTo/podSelector/app: is an unknown field",
  ),
  mirror(
    "pod-selector-number",
    ["app: web", "app: 5"],
    "8: /spec/appliedTo/podSelector/matchLabels/app: must be string: is 5",
  ),
  mirror(
    "pod-selector-key",
    ["app: web", "a b: web"],
    '8: /spec/appliedTo/podSelector/matchLabels/a b: "a b" is no label key',
  ),
  mirror(
    "pod-selector-value",
    ["app: web", "app: a b"],
    '8: /spec/appliedTo/podSelector/matchLabels/app: "a b" is no label value',
  ),
  selector("match-labels-list", "matchLabels: [app]", "8: matchLabels: must be object: is a list"),
  selector(
    "match-labels-nothing",
    "matchLabels: {app: }",
    "8: matchLabels/app: must be string: is null",
  ),
  selector(
    "match-expressions-map",
    "matchExpressions: {key: a}",
    "8: matchExpressions: must be array: is an object",
  ),
  expression("expression-text", "env", ': must be object: is "env"'),
  expression(
    "expression-unknown",
    "{key: a, operator: Exists, value: x}",
    '/value: is an unknown field: did you mean "values"?',
  ),
  expression("expression-key-missing", "{operator: Exists}", "/key: is required"),
  expression("expression-key-number", "{key: 5, operator: Exists}", "/key: must be string: is 5"),
  expression("expression-key-bad", '{key: "-a", operator: Exists}', '/key: "-a" is no label key'),
  expression("operator-missing", "{key: a}", "/operator: is required"),
  expression(
    "operator-lower-case",
    "{key: a, operator: in, values: [x]}",
    `/operator: ${OPERATORS}: is "in"`,
  ),
  expression(
    "operator-in-alone",
    "{key: a, operator: In}",
    "/values: must have values for operator In",
  ),
  expression(
    "operator-not-in-alone",
    "{key: a, operator: NotIn, values: []}",
    "/values: must have values for operator NotIn",
  ),
  expression(
    "operator-exists-values",
    "{key: a, operator: Exists, values: [x]}",
    "/values: must be absent for operator Exists",
  ),
  expression(
    "operator-not-exists-values",
    "{key: a, operator: DoesNotExist, values: [x]}",
    "/values: must be absent for operator DoesNotExist",
  ),
  expression("values-text", "{key: a, operator: In, values: x}", '/values: must be array: is "x"'),
  expression(
    "values-number",
    "{key: a, operator: In, values: [x, 5]}",
    "/values/1: must be string: is 5",
  ),
  expression(
    "values-bad",
    "{key: a, operator: In, values: [x, -y]}",
    '/values/1: "-y" is no label value',
  ),
];

const PODS: readonly WrongFile[] = [
  pod("pod-version", ["v1", "v2"], "1: /apiVersion: must be v1"),
  pod(
    "pod-unknown",
    ["status:", "statu:"],
    '10: /statu: is an unknown field: did you mean "status"?',
  ),
  pod("pod-name", ["NAME", "web_1"], `4: /metadata/name: ${DNS}: is "web_1"`),
  pod("pod-namespace-dots", ["prod", "a.b"], `5: /metadata/namespace: ${DNS_LABEL}: is "a.b"`),
  pod(
    "pod-label-value",
    ["app: web", "app: a/b"],
    '6: /metadata/labels/app: "a/b" is no label value',
  ),
  annotated(
    "pod-mac-none",
    ["ovs-port: port1", "mac: 10.0.0.1"],
    '8: /metadata/annotations/sluice.dev~1mac: must be a unicast MAC: is "10.0.0.1"',
  ),
  annotated(
    "pod-mac-multicast",
    ["ovs-port: port1", "mac: 01:00:5e:00:00:01"],
    '8: /metadata/annotations/sluice.dev~1mac: must be a unicast MAC: is "01:00:5e:00:00:01"',
  ),
  annotated(
    "pod-match-word",
    ["ovs-port: port1", "match: port"],
    '8: /metadata/annotations/sluice.dev~1match: must be one of mac, ip: is "port"',
  ),
  annotated(
    "pod-annotation-unknown",
    ["ovs-port: port1", "port: port1"],
    '8: /metadata/annotations/sluice.dev~1port: must be one of sluice.dev/mac, sluice.dev/match, sluice.dev/ovs-port, sluice.dev/vm-id: is "sluice.dev/port"',
  ),
  annotated(
    "pod-port-empty",
    ["ovs-port: port1", 'ovs-port: ""'],
    '8: /metadata/annotations/sluice.dev~1ovs-port: must be the name of one port: is ""',
  ),
  annotated(
    "pod-port-list",
    ["ovs-port: port1", "ovs-port: port1,port2"],
    '8: /metadata/annotations/sluice.dev~1ovs-port: must be the name of one port: is "port1,port2"',
  ),
  pod("pod-spec-text", ["{nodeName: node9}", "node9"], '9: /spec: must be object: is "node9"'),
  pod("pod-node-number", ["node9", "9"], "9: /spec/nodeName: must be string: is 9"),
  pod(
    "pod-host-network-text",
    ["nodeName: node9", 'hostNetwork: "yes"'],
    '9: /spec/hostNetwork: must be boolean: is "yes"',
  ),
  pod(
    "pod-ip-bad",
    ["10.0.0.1", "10.0.0"],
    '10: /status/podIPs/0/ip: must be an IP address: is "10.0.0"',
  ),
  pod("pod-ip-number", ["10.0.0.1", "10.5"], "10: /status/podIPs/0/ip: must be string: is 10.5"),
  pod(
    "pod-ips-flat",
    ["{ip: 10.0.0.1}", "10.0.0.1"],
    '10: /status/podIPs/0: must be object: is "10.0.0.1"',
  ),
  pod(
    "pod-ips-text",
    ["[{ip: 10.0.0.1}]", "10.0.0.1"],
    '10: /status/podIPs: must be array: is "10.0.0.1"',
  ),
  pod(
    "pod-phase-number",
    ["podIPs", "phase: 1, podIPs"],
    "10: /status/phase: must be string: is 1",
  ),
  namespace("namespace-version", ["v1", "crd.antrea.io/v1alpha2"], "1: /apiVersion: must be v1"),
  namespace("namespace-dots", ["NAME", "a.b"], `4: /metadata/name: ${DNS_LABEL}: is "a.b"`),
  namespace(
    "namespace-in-namespace",
    ["name: NAME", "name: NAME\n  namespace: yes"],
    "5: /metadata/namespace: must be string: is true",
  ),
  namespace(
    "namespace-label",
    ["team: a", "team: true"],
    "5: /metadata/labels/team: must be a string: quote it",
  ),
  namespace("namespace-unknown", ["kind", "labels: {}\nkind"], "2: /labels: is an unknown field"),
];

export const WRONG_PODS: readonly WrongFile[] = [...SELECTORS, ...PODS];
