import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { mirror, redirect } from "../model/testing/fixtures.ts";
import { controlReports } from "./node_report.ts";
import { controlState } from "./state.ts";
import { SmallNode } from "./testing/small_node.ts";

Deno.test("reports are about the TrafficControls that select a Pod here and those that are refused, by name", () => {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  for (const port of ["ids0", "in0", "out0"]) node.port(port);
  const selects = redirect("z-selects", "1", ["in0", "out0"]);
  const given = { kind: "test", spec: {} };
  const object = { ...selects.object, targetPort: given, returnPort: given };
  node.control({ ...selects, object });
  node.control(mirror("selects-none", "2", "ids0"), "no Pod");
  node.round();
  const refusal = condition("Invalid", "spec.action: is unknown");
  const { model } = node;
  const on = {
    bridge: "br0",
    model,
    blockers: [],
    failure: undefined,
    invalid: new Map([["a-refused", [refusal]]]),
    counts: new Map(),
    podCounts: new Map(),
  };
  const reports = controlReports(
    { bridges: [on], selection: model.selection },
    (name) => name === "z-selects" ? 7 : undefined,
  );
  assert.deepEqual(reports, [
    { name: "a-refused", realized: false, conditions: [refusal], pods: 0, ports: [] },
    {
      name: "z-selects",
      realized: true,
      conditions: [],
      pods: 1,
      ports: ["in0", "out0"],
      generation: 7,
    },
  ]);
});

Deno.test("the ports of a report are those of additional entries, too, each under its role in the state", () => {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  for (const port of ["in0", "out0", "in1", "out1", "arm"]) node.port(port);
  const made = redirect("several", "1", ["in0", "out0"]);
  const more = redirect("several", "1", ["in1", "out1"]);
  const given = { kind: "test", spec: {} };
  const additional = [
    { name: "b", target: "in1", return: "out1", weight: 2 },
    { name: "c", target: "arm", return: "arm", weight: 1 },
  ];
  const arm = redirect("several", "1", ["arm", "arm"]).ports;
  node.control({
    ...made,
    object: { ...made.object, targetPort: given, returnPort: given },
    ports: [...made.ports, ...more.ports, ...arm],
    additional,
  });
  node.round();
  const { model } = node;
  const inputs = {
    bridge: "br0",
    model,
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map(),
    podCounts: new Map(),
  };
  const all = { bridges: [inputs], selection: model.selection };
  const [report] = controlReports(all, () => undefined);
  assert.deepEqual(report?.ports, ["in0", "out0", "in1", "out1", "arm", "arm"]);
  const { target, return: returned, additionalPorts } = controlState("several", inputs);
  assert.deepEqual([target, returned, additionalPorts], ["in0", "out0", additional]);
});
