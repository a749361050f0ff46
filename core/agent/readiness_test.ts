import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { overdueLine, type Progress, unreadyLines } from "./readiness.ts";

const gone = condition("Disconnected", "the switch is gone", "is ovs-vswitchd running?");
const failed = condition("RoundFailed", "the switch refuses it"); // with the cure of its reason
const fine: Progress = { blockers: [], failure: undefined, settled: true };

Deno.test.each<[string, Partial<Progress>, readonly string[]]>([
  ["all is well", {}, []],
  ["something is being written", { settled: false }, ["bridge br0: changes are under way"]],
  ["there is a blocker", { blockers: [gone], settled: false }, [
    "bridge br0: Disconnected: the switch is gone: is ovs-vswitchd running?",
  ]],
  ["a round failed", { failure: failed, settled: false }, [
    "bridge br0: RoundFailed: the switch refuses it: " +
    "see why in the log of ovs-vswitchd; Sluice tries again",
  ]],
  ["both are the case", { blockers: [gone], failure: failed, settled: false }, [
    "bridge br0: Disconnected: the switch is gone: is ovs-vswitchd running?",
    "bridge br0: RoundFailed: the switch refuses it: " +
    "see why in the log of ovs-vswitchd; Sluice tries again",
  ]],
])("what /readyz says of a bridge when %s", (_, progress, lines) => {
  assert.deepEqual(unreadyLines("br0", { ...fine, ...progress }), lines);
});

Deno.test("what /healthz says of a bridge names the step that hangs, or why no round ends well", () => {
  assert.equal(
    overdueLine("br0", { since: 61_400, step: "write flows" }, gone),
    'bridge br0: the step "write flows" has not ended for 61 s: restart the agent',
  );
  assert.equal(
    overdueLine("br0", { since: 601_000 }, gone),
    "bridge br0: no round has ended well for 601 s (Disconnected: the switch is gone: " +
      "is ovs-vswitchd running?): restart the agent",
  );
});
