import assert from "node:assert/strict";
import { LIMITS } from "../../../core/api.ts";
import { clusterControl } from "./cluster_controls.ts";
import { readNode } from "./cluster_nodes.ts";

const metadata = { name: "a" };
const spec = {
  action: "Mirror",
  direction: "Both",
  targetPort: { vxlan: { remoteIP: "10.0.10.2" } },
};

Deno.test("a TrafficControl says how many nodes have realized it, and what is wrong", () => {
  const status = {
    ready: "1/2",
    desiredNodes: 2,
    failedNodes: 1,
    conditions: [
      { type: "Realized", status: "False", reason: "NoRoute", message: "node2: no route" },
      { type: "Accepted", status: "True", reason: "Valid", message: "It says what to do" },
      { type: "Superseded", status: "False", reason: "Oldest", message: "No other has its Pods" },
      { type: "NoTraffic", status: "True", reason: "NoTraffic", message: "node1: no packet" },
    ],
  };
  const found = clusterControl({ metadata, spec, status }, []);
  assert.deepEqual(found, {
    name: "a",
    action: "Mirror",
    direction: "Both",
    target: "vxlan 10.0.10.2",
    ready: "1/2",
    realized: false,
    desiredNodes: 2,
    failedNodes: 1,
    conditions: [
      { reason: "NoRoute", message: "node2: no route" },
      { reason: "NoTraffic", message: "node1: no packet", warning: true },
    ],
    nodes: [],
  });
});

Deno.test("a TrafficControl of which nothing is known yet, and one of a wrong form, are shown", () => {
  for (const wrong of [{}, { status: null }, { spec: 1, status: { conditions: "x" } }]) {
    const { name, realized, ready } = clusterControl({ metadata, ...wrong }, []);
    assert.deepEqual([name, realized, ready], ["a", false, ""]);
  }
});

Deno.test("of many nodes, those come first that have a problem, and the rest is left out", () => {
  const nodes = Array.from({ length: LIMITS.shownNodes }, (_, index) => ({
    node: `node${index}`,
    realized: true,
    conditions: [],
  }));
  const failed = { node: "zone", realized: false, conditions: [{ reason: "A", message: "b" }] };
  const { nodes: shown } = clusterControl({ metadata, spec }, [...nodes, failed]);
  assert.equal(shown.length, LIMITS.shownNodes);
  assert.equal(shown[0], failed);
});

Deno.test("a node's report is read, whatever its form", () => {
  const condition = {
    type: "NoRoute",
    message: "No route to it: add a route",
    cure: "add a route",
  };
  const { node, controls } = readNode({
    metadata: { name: "node1" },
    status: {
      bridge: "br-int",
      version: "1",
      realizedTrafficControls: ["a/3", 7],
      trafficControls: [
        { name: "b", realized: false, reason: "NoRoute", conditions: [condition] },
        { name: "c", realized: false, reason: "Conflict", message: "m" },
        { realized: true },
        null,
      ],
    },
  });
  assert.deepEqual(node, { name: "node1", bridge: "br-int", version: "1", realized: 1, failed: 2 });
  assert.deepEqual([...controls.keys()], ["a", "b", "c"]);
  assert.deepEqual(controls.get("b")!.conditions, [
    { reason: "NoRoute", message: "No route to it", cure: "add a route" },
  ]);
  assert.deepEqual(controls.get("c")!.conditions, [{ reason: "Conflict", message: "m" }]);
  assert.deepEqual(readNode({ metadata: { name: "x" } }).controls.size, 0);
});
