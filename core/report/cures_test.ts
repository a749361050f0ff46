/** Each condition that has a cure: its message and its cure, as two fields and as one sentence. */
import assert from "node:assert/strict";
import {
  type Condition,
  condition,
  isSame,
  REASONS,
  sentence,
  warning,
} from "../contracts/condition.ts";
import { CURES } from "./testing/cures.ts";

Deno.test.each(CURES)("%s: %s", (message, cure, make) => {
  const [found] = make() as [Condition];
  assert.deepEqual({ message: found.message, cure: found.cure }, { message, cure });
  assert.equal(sentence(found), `${message}: ${cure}`);
});

/**
 * Reasons without a cure: no user on the node can do anything about them, or another program has written the message.
 */
const WITHOUT_CURE = [
  "Invalid",
  "PluginFailed",
  "Superseded",
  "ResolverFailed",
  "PortFailed",
  "FlowsLeftOut",
  "RoundFailed",
  "Disconnected",
];

Deno.test("every reason that has a cure is in the table", () => {
  const reasons = CURES.map(([, , make]) => make()[0]!.reason);
  const expected = Object.keys(REASONS).filter((reason) => !WITHOUT_CURE.includes(reason));
  assert.deepEqual([...new Set(reasons)].sort(), expected.sort());
});

Deno.test("the text of a condition without a cure is its message; conditions with equal texts are the same", () => {
  assert.equal(sentence(condition("PortFailed", "It is: so")), "It is: so");
  assert.deepEqual(warning("LinkDown", "It is down", "put it up"), {
    reason: "LinkDown",
    message: "It is down",
    cure: "put it up",
    warning: true,
  });
  const one = condition("Conflict", "It is so", "do that");
  assert.deepEqual(
    [
      isSame(one, { ...one }),
      isSame(one, condition("Conflict", "It is so", "do this")),
      isSame(one, condition("Conflict", "It is so")),
      isSame(one, condition("TunnelInUse", "It is so", "do that")),
      isSame(one, undefined),
      isSame(undefined, undefined),
    ],
    [true, false, false, false, false, true],
  );
});
