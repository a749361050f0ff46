/** What all nodes report, summed up. */
import assert from "node:assert/strict";
import type { ClusterFacts, NodeFinding } from "../contracts/mod.ts";
import { clusterState } from "./cluster_state.ts";
import { clusterText, namedNodes } from "./cluster_text.ts";
import { NO_COLOURS } from "./colour.ts";

const finding = (name: string, more: Partial<NodeFinding> = {}): NodeFinding => ({
  name,
  generation: 1,
  realized: true,
  selects: true,
  conditions: [],
  ...more,
});
const MISSING = {
  reason: "DeviceMissing",
  message: 'Device "eno2" is not there',
  cure: "create it",
};
const missing = (name: string) =>
  finding(name, { realized: false, reason: "DeviceMissing", conditions: [MISSING] });
const node = (name: string, ...findings: NodeFinding[]) => ({
  name,
  bridge: "br-int",
  version: "1.0.0",
  findings,
  leftOut: 0,
});

const FACTS: ClusterFacts = {
  server: "https://10.0.0.1:6443",
  controls: [{ name: "web", generation: 1 }, { name: "db", generation: 2 }, { name: "idle" }],
  nodes: [
    node("n2", finding("web"), finding("db", { generation: 2 })),
    node("n1", missing("web"), finding("db", { generation: 1 }), finding("deleted")),
    node("n3", missing("web")),
    node("n4", finding("web", { conditions: [{ reason: "NoTraffic", message: "None" }] })),
  ],
  allNodes: ["n1", "n2", "n3", "n4", "n5"],
};

Deno.test("each TrafficControl has its nodes, and what several say in the same words is said once", () => {
  const { trafficControls } = clusterState(FACTS);
  const [db, idle, web] = trafficControls;
  assert.deepEqual(trafficControls.map(({ name, ready, realized }) => [name, ready, realized]), [
    ["db", "1/2", "Progressing"], // n1 has realized an earlier generation
    ["idle", "0/0", "NoPods"],
    ["web", "2/4", "DeviceMissing"],
  ]);
  assert.deepEqual(db!.notReadyOn, ["n1"]);
  assert.deepEqual(idle!.conditions, []);
  assert.deepEqual(web!.notReadyOn, ["n1", "n3"]);
  assert.deepEqual(web!.conditions, [
    { ...MISSING, severity: "problem", nodes: ["n1", "n3"] },
    { reason: "NoTraffic", message: "None", severity: "warning", nodes: ["n4"] },
  ]);
});

Deno.test("a node is ready if it has realized the present generation of all that it reports", () => {
  const { nodes, ready, notReady, reporting, silent } = clusterState(FACTS);
  assert.deepEqual(nodes.map(({ name, ready, isReady }) => [name, ready, isReady]), [
    ["n1", "0/2", false], // of what is deleted nothing counts
    ["n2", "2/2", true],
    ["n3", "0/1", false],
    ["n4", "1/1", true],
  ]);
  assert.deepEqual([reporting, ready, notReady, silent], [4, 2, 2, ["n5"]]);
});

Deno.test("a node whose report leaves something out is not known to be ready", () => {
  const full = { ...node("n1", finding("web")), leftOut: 3 };
  const [state] = clusterState({ ...FACTS, nodes: [full] }).nodes;
  assert.deepEqual(state, {
    name: "n1",
    isReady: false,
    ready: "1/4",
    bridge: "br-int",
    version: "1.0.0",
    leftOut: 3,
  });
});

Deno.test("the text has problems with their cures first, then what is not ready", () => {
  const text = clusterText(clusterState(FACTS), { colours: NO_COLOURS });
  const lines = text.split("\n").filter((line) => line !== "").map((line) => line.trim());
  assert.equal(
    lines[0],
    "Cluster https://10.0.0.1:6443: 4 nodes report, 2 ready, 2 not ready, 1 without a report",
  );
  assert.equal(lines[1], "Problems");
  assert.equal(
    lines[2],
    'problem: web: DeviceMissing on n1, n3: Device "eno2" is not there: create it',
  );
  assert.match(lines[3]!, /^warning: web: NoTraffic on n4: None/);
  assert.match(lines[4]!, /^warning: n5 does not report: run "kubectl get pods /);
  assert.match(text, /^web +2\/4 +DeviceMissing +n1, n3$/m);
  assert.match(text, /^n5 +no report +- +-$/m);
  const order = ["db ", "web ", "idle "].map((name) => text.indexOf(`\n${name}`));
  assert.deepEqual(order, order.toSorted((a, b) => a - b), "what is not ready comes first");
});

Deno.test("without the right to list nodes, that is said", () => {
  const { allNodes: _, ...unknown } = FACTS;
  const state = clusterState(unknown);
  assert.equal("silent" in state, false);
  assert.match(clusterText(state, { colours: NO_COLOURS }), /^It is not known which nodes do not/m);
});

Deno.test("of many nodes a few are named", () => {
  assert.equal(namedNodes(["a", "b"]), "a, b");
  assert.match(
    namedNodes(Array.from({ length: 9 }, (_, at) => `n${at}`)),
    /^n0, n1, n2 and 6 more$/,
  );
});
