/** Odd files: lists, kinds and metadata. @module */
import { change, MIRROR, named, NAMESPACE, type OddFile, POD } from "./objects.ts";

const indented = (text: string) => text.trimEnd().replaceAll("\n", "\n  ");
const withoutHead = (text: string) =>
  text.replace(/^apiVersion.*\n/m, "").replace(/^kind.*\n/m, "");
const item = (text: string) => `- ${indented(text)}\n`;
const a = named(MIRROR, "a");
const b = named(NAMESPACE, "b");
const p = named(POD, "p");
const list = (kind: string, ...items: string[]) =>
  `apiVersion: v1\nkind: ${kind}\nitems:\n${items.map(item).join("")}`;
const controls = (...items: string[]) =>
  list("TrafficControlList", ...items).replace("v1", "crd.antrea.io/v1alpha2");

const LISTS: readonly OddFile[] = [
  { file: "list", content: list("List", a, b, p) },
  { file: "list-with-metadata", content: `${list("List", a, b)}metadata: {resourceVersion: ""}\n` },
  { file: "list-at-indentation", content: list("List", a).replaceAll(/^(-| )/gm, "  $1") },
  { file: "list-empty", content: "apiVersion: v1\nkind: List\nitems: []\n" },
  { file: "list-null", content: "apiVersion: v1\nkind: List\nitems:\n" },
  { file: "list-without-items", content: "apiVersion: v1\nkind: List\n" },
  { file: "list-of-map", content: "apiVersion: v1\nkind: List\nitems: {a: b}\n" },
  { file: "list-of-null", content: `${list("List", a)}-\n` },
  { file: "list-of-text", content: `${list("List", a)}- hello\n` },
  { file: "list-without-version", content: list("List", a).replace(/^.*\n/, "") },
  { file: "list-in-list", content: list("List", list("List", a), b) },
  { file: "list-in-list-in-list", content: list("List", list("List", list("List", a)), b) },
  { file: "list-without-kinds", content: list("List", withoutHead(a)) },
  { file: "list-without-kind", content: list("List", a).replace(/^kind.*\n/m, "") },
  { file: "list-of-pods", content: list("PodList", withoutHead(p), withoutHead(named(POD, "q"))) },
  { file: "list-of-pods-with-kinds", content: list("PodList", p) },
  { file: "list-of-pods-some-kinds", content: list("PodList", p, withoutHead(named(POD, "q"))) },
  { file: "list-of-pods-kind-alone", content: list("PodList", p.replace(/^apiVersion.*\n/, "")) },
  { file: "list-of-pods-version-alone", content: list("PodList", p.replace(/^kind.*\n/m, "")) },
  { file: "list-of-pods-with-others", content: list("PodList", b, a) },
  {
    file: "list-of-pods-other-version",
    content: list("PodList", withoutHead(p)).replace("v1", "v2"),
  },
  {
    file: "list-of-pods-without-version",
    content: list("PodList", withoutHead(p)).replace(/^.*\n/, ""),
  },
  { file: "list-of-namespaces", content: list("NamespaceList", withoutHead(b)) },
  { file: "list-of-controls", content: controls(withoutHead(a)) },
  { file: "list-of-controls-with-kinds", content: controls(a) },
  {
    file: "list-of-controls-with-metadata",
    content: `${controls(withoutHead(a))}metadata: {continue: "", resourceVersion: "5"}\n`,
  },
  {
    file: "list-of-services",
    content: list("ServiceList") + "- metadata: {name: s}\n  spec: {ports: [{port: 80}]}\n",
  },
  { file: "list-items-of-control", content: `${a}items:\n${item(b)}` },
  { file: "list-items-null-of-control", content: `${a}items:\n` },
  { file: "list-key-twice", content: list("List", b) + "kind: PodList\n" },
];

const mirror = (file: string, from: string | RegExp, to: string) => ({
  file,
  content: change(a, from, to),
});
const namespace = (file: string, from: string | RegExp, to: string) => ({
  file,
  content: change(b, from, to),
});
const pod = (file: string, from: string | RegExp, to: string) => ({
  file,
  content: change(p, from, to),
});

const HEADS: readonly OddFile[] = [
  mirror("head-version-missing", /^apiVersion.*\n/, ""),
  mirror("head-version-of-core", /^apiVersion.*/, "apiVersion: v1"),
  mirror("head-version-of-group", "v1alpha2", "v1alpha1"),
  mirror("head-kind-missing", /kind.*\n/, ""),
  mirror("head-kind-lower-case", "TrafficControl", "trafficcontrol"),
  mirror("head-kind-number", "TrafficControl", "5"),
  mirror("head-metadata-missing", /metadata:\n.*\n/, ""),
  mirror("head-name-missing", "  name: a", "  labels: {}"),
  mirror("head-generate-name", "  name: a", "  generateName: a-"),
  mirror("head-name-upper-case", "name: a", "name: A"),
  mirror("head-name-with-dot", "name: a", "name: a.b"),
  mirror("head-namespace", "  name", "  namespace: prod\n  name"),
  mirror("head-namespace-empty", "  name", '  namespace: ""\n  name'),
  mirror("head-namespace-default", "  name", "  namespace: default\n  name"),
  mirror("head-namespace-wrong", "  name", "  namespace: No/Name\n  name"),
  mirror("head-namespace-number", "  name", "  namespace: 5\n  name"),
  mirror("head-unknown-of-metadata", "  name", "  colour: red\n  name"),
  mirror("head-cluster-name", "  name", "  clusterName: x\n  name"),
  mirror("head-unknown-of-root", "spec:", "colour: red\nspec:"),
  mirror("head-unknown-of-spec", "  direction", "  colour: red\n  direction"),
  mirror("head-unknown-of-selector", "      matchLabels", "      colour: red\n      matchLabels"),
  mirror("head-unknown-of-target", "vni: 7", "colour: red"),
  mirror("head-status", "spec:", "status: {conditions: []}\nspec:"),
  mirror("head-status-odd", "spec:", "status: {phase: Realized}\nspec:"),
  mirror("head-finalizers", "  name", "  finalizers: [a.b/c]\n  name"),
  mirror("head-managed-fields", "  name", "  managedFields: []\n  name"),
  mirror("head-uid", "  name", "  uid: 5b9c2c3a-0000-4000-8000-000000000000\n  name"),
  mirror("head-deletion", "  name", '  deletionTimestamp: "2001-12-14T21:59:43Z"\n  name'),
  mirror("head-self-link", "  name", "  selfLink: /a\n  name"),
  mirror("head-generation", "  name", "  generation: 5\n  name"),
  mirror(
    "head-kustomize",
    "  name",
    "  annotations:\n    config.kubernetes.io/origin: |\n      path: a.yaml\n  namespace: prod\n  name",
  ),
  namespace("head-namespace-of-namespace", "  name", "  namespace: prod\n  name"),
  namespace(
    "head-namespace-status",
    "metadata:",
    "status: {phase: Active}\nspec: {finalizers: [kubernetes]}\nmetadata:",
  ),
  namespace("head-namespace-version-missing", /^.*\n/, ""),
  namespace("head-namespace-unknown", "metadata:", "colour: red\nmetadata:"),
  pod("head-pod-unknown", "spec:", "colour: red\nspec:"),
  pod("head-pod-unknown-of-spec", "spec:", "spec:\n  colour: red"),
  pod("head-pod-unknown-of-metadata", "  name", "  colour: red\n  name"),
  pod("head-pod-namespace-other", "  name", "  namespace: kube-system\n  name"),
  pod("head-pod-namespace-empty", "  name", '  namespace: ""\n  name'),
  pod(
    "head-pod-status",
    "spec:",
    "status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}\nspec:",
  ),
  pod("head-pod-version-missing", /^.*\n/, ""),
  {
    file: "head-other-kind",
    content: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n${a}`,
  },
  {
    file: "head-unknown-kind",
    content: `apiVersion: v1\nkind: Nothing\nmetadata: {name: c}\n---\n${a}`,
  },
  {
    file: "head-kustomization",
    content:
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
  },
  { file: "head-same-twice", content: `${b}---\n${b}` },
];

export const ODD_HEADS: readonly OddFile[] = [...LISTS, ...HEADS];
