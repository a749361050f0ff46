import assert from "node:assert/strict";
import { LIMITS } from "../../../core/api.ts";
import { ClusterReports } from "./cluster_reports.ts";
import { failuresOf } from "./failures.ts";

const entry = (reason: string, message: string, more: object = {}) => ({
  name: "m",
  realized: false,
  reason,
  message,
  pods: 1,
  ports: [],
  ...more,
});

/** What is told of nodes that each report one entry. */
function told(...entries: readonly object[]) {
  const reports = new ClusterReports();
  for (const [index, entry] of entries.entries()) {
    const name = `node${index}`;
    reports.set(reports.read({ metadata: { name }, status: { trafficControls: [entry] } }));
  }
  return failuresOf(reports.of("m"));
}

const missing = entry("DeviceMissing", "No device: create it", { cure: "create it" });

Deno.test("nodes that say the same are one failure; message and cure are apart; most nodes come first", () => {
  const other = entry("Conflict", "An older one has it");
  const older = { ...missing, observedGeneration: 1 };
  assert.deepEqual(told(other, missing, older, missing, missing), [
    {
      nodes: "node1, node2, node3 and 1 more",
      reason: "DeviceMissing",
      message: "No device",
      cure: "create it",
    },
    { nodes: "node0", reason: "Conflict", message: "An older one has it" },
  ]);
});

Deno.test("what is realized, or under way, is no failure", () => {
  const realized = { ...missing, realized: true };
  const { reason: _, ...progressing } = missing;
  assert.deepEqual(told(realized, progressing), []);
});

Deno.test("there are not more failures than fit", () => {
  const many = Array.from(
    { length: LIMITS.statusFailures + 3 },
    (_, index) => entry("DeviceMissing", `No device ${index}`),
  );
  assert.equal(told(...many).length, LIMITS.statusFailures);
});
