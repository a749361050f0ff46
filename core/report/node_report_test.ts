import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { mirror, redirect } from "../model/testing/fixtures.ts";
import { controlReports } from "./node_report.ts";
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
  const reports = controlReports({
    model: node.model,
    blockers: [],
    failure: undefined,
    invalid: new Map([["a-refused", [refusal]]]),
    dropped: new Map(),
  }, (name) => name === "z-selects" ? 7 : undefined);
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
