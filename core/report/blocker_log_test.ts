import assert from "node:assert/strict";
import { type Condition, condition, type Reason, REASONS } from "../contracts/condition.ts";
import { BlockerLog } from "./blocker_log.ts";

function logOf() {
  const lines: string[] = [];
  const write = (level: string) => (message: string, fields: object = {}) =>
    void lines.push([level, message, ...Object.values(fields)].join(" | "));
  const log = {
    debug: write("debug"),
    info: write("info"),
    warning: write("warning"),
    error: write("error"),
  };
  let now = 0;
  const blockers = new BlockerLog(log, () => now);
  return {
    report: (...conditions: readonly Condition[]) => {
      blockers.report("br0", conditions);
      return lines.splice(0);
    },
    pass: (milliseconds: number) => now += milliseconds,
  };
}

Deno.test.each(Object.keys(REASONS) as Reason[])(
  "a bridge that is blocked by %s: one line with the cure at the beginning, one at the end",
  (reason) => {
    const { report, pass } = logOf();
    const it = condition(reason, "It is so", "do that");
    const atOnce = report(it);
    pass(2000); // a connection may come within a moment
    const later = report(it);
    assert.deepEqual([...atOnce, ...later], [
      `warning | Blocked: nothing is written | br0 | ${reason} | It is so | do that`,
    ]);
    assert.deepEqual(report(it), []);
    assert.deepEqual(report(), [`info | Not blocked any more | br0 | ${reason} | It is so`]);
    assert.deepEqual(report(), []);
  },
);

Deno.test("a blocker without a cure of its own has that of its reason", () => {
  const [line] = logOf().report(condition("RoundFailed", "It is so"));
  assert.match(line!, /RoundFailed \| It is so \| see why in the log of ovs-vswitchd/);
});

Deno.test("a connection that comes back within a second is not worth a line", () => {
  const { report, pass } = logOf();
  const lost = condition("Disconnected", "It is away");
  assert.deepEqual(report(lost), []);
  pass(900);
  assert.deepEqual([report(lost), report()], [[], []]);
  pass(5000);
  assert.deepEqual(report(lost), [], "it counts from its beginning");
  pass(1000);
  assert.equal(report(lost).length, 1);
});

Deno.test("when one blocker takes the place of another, the end of the first is said before", () => {
  const { report } = logOf();
  report(condition("BridgeMissing", "No bridge", "create it"));
  assert.deepEqual(report(condition("ProtocolMissing", "No protocol", "allow it")), [
    "info | Not blocked any more | br0 | BridgeMissing | No bridge",
    "warning | Blocked: nothing is written | br0 | ProtocolMissing | No protocol | allow it",
  ]);
});
