/** All counters of a node, each with the names of what it counts for. */
import assert from "node:assert/strict";
import { control, internal } from "../model/testing/fixtures.ts";
import { NOT_READ } from "./counters.ts";
import { countersReport } from "./counters_report.ts";
import { SmallNode } from "./testing/small_node.ts";

const one = { packets: 1, bytes: 60 };
const passed = { sent: one, received: one };

function mirroring() {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  node.port("tap0");
  const treatment = { copies: [{ to: ["tap0"] as const }] };
  node.control(control("m", "1", { treatment, specs: [internal("tap0")] }));
  node.round();
  const { model } = node;
  const ports = ["a", "tap0"].map((name) => model.ofport(name)!);
  const read = {
    counts: new Map([["m", { copied: { egress: one } }]]),
    podCounts: new Map([["m", new Map([["default/a", { copied: { egress: one } }]])]]),
    portCounts: new Map([...ports, 99].map((number) => [number, passed])),
  };
  return { model, ports, read };
}

Deno.test("what is counted is told by its names: of targets, and of Pods to which something is done", () => {
  const { model, ports: [ofPod, ofTarget], read } = mirroring();
  assert.deepEqual(countersReport([{ bridge: "br0", model, ...read }], "node1"), {
    node: "node1",
    bridges: [{ bridge: "br0", isRead: true }],
    trafficControls: [{ bridge: "br0", name: "m", copied: { egress: one } }],
    pods: [{
      bridge: "br0",
      trafficControl: "m",
      namespace: "default",
      name: "a",
      copied: { egress: one },
    }],
    ports: [{ bridge: "br0", name: "tap0", trafficControls: ["m"], ofport: ofTarget!, ...passed }],
    podPorts: [
      { bridge: "br0", namespace: "default", pod: "a", name: "a", ofport: ofPod!, ...passed },
    ],
  });
});

Deno.test("of a bridge whose switch has not told everything, nothing is told, and that is said", () => {
  const { model, read } = mirroring();
  for (const missing of ["counts", "podCounts", "portCounts"] as const) {
    const report = countersReport([
      { bridge: "br0", model, ...read, [missing]: NOT_READ },
      { bridge: "br1", model, ...read },
    ]);
    assert.deepEqual(report.bridges, [
      { bridge: "br0", isRead: false },
      { bridge: "br1", isRead: true },
    ]);
    assert.deepEqual(report.trafficControls.map(({ bridge }) => bridge), ["br1"]);
    assert.deepEqual(report.ports.map(({ bridge }) => bridge), ["br1"]);
  }
});
