/** Each condition that has a cure: its message and its cure, as two fields and as one sentence. */
import assert from "node:assert/strict";
import { type Condition, cureOf, type Reason, REASONS, sentence } from "../contracts/condition.ts";
import { CURES } from "./testing/cures.ts";

Deno.test.each(CURES)("%s: %s", (message, cure, make) => {
  const [found] = make() as [Condition];
  assert.deepEqual({ message: found.message, cure: found.cure }, { message, cure });
  assert.equal(sentence(found), `${message}: ${cure}`);
});

/**
 * Reasons without a cure of their own, but with a general one: no user on the node can do anything about them, or another program has written the message.
 */
const WITHOUT_CURE = [
  "Invalid",
  "Pending",
  "Expired",
  "PluginFailed",
  "Superseded",
  "ResolverFailed",
  "FlowsLeftOut",
  "SourceIncomplete",
  "RoundFailed",
  "Disconnected",
];

Deno.test("every reason that has a cure is in the table", () => {
  const reasons = CURES.map(([, , make]) => make()[0]!.reason);
  const expected = Object.keys(REASONS).filter((reason) => !WITHOUT_CURE.includes(reason));
  assert.deepEqual([...new Set(reasons)].sort(), expected.sort());
  for (const reason of WITHOUT_CURE) assert.ok(cureOf({ reason: reason as Reason }), reason);
});
