import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { control } from "../model/testing/fixtures.ts";
import { supersededBy } from "./superseded.ts";

/** The cure of the reason, where no better one is known. */
const USUAL_CURE = condition("Superseded", "").cure;

type Control = ReturnType<typeof control>;

function redirect(name: string, target: string, chainOrder?: number): Control {
  const scope = chainOrder === undefined ? {} : { scope: { chainOrder } };
  const pairs = [{ target, return: `${target}-out` }];
  return control(name, name, { treatment: { hops: [{ pairs, ...scope }] } });
}

Deno.test.each<
  [what: string, by: Control, control: Control, message: string, cure: string | undefined]
>([
  [
    "the winner is alone",
    redirect("a", "t1"),
    redirect("b", "t2"),
    'The older TrafficControl "a" redirects Pod "prod/p"',
    undefined,
  ],
  [
    "the winner is in a chain, and this one is not",
    redirect("a", "t1", 1),
    redirect("b", "t2"),
    'TrafficControl "a" redirects Pod "prod/p" and has chainOrder; this one has none',
    undefined,
  ],
  [
    "another one of the chain has the pair",
    redirect("a", "t1", 1),
    redirect("b", "t1", 2),
    'TrafficControl "a" has the same pair in the chain of Pod "prod/p"',
    "give the two different pairs or Pods",
  ],
  [
    "the chain is full",
    redirect("a", "t1", 1),
    redirect("b", "t2", 2),
    'The chain of Pod "prod/p" has 6 redirects that come before this one by priority, age or name',
    "give this one a lower priority, or take another one out of the chain",
  ],
  [
    "the winner drops",
    control("a", "a", { treatment: { drop: true } }),
    redirect("b", "t2", 2),
    'TrafficControl "a" drops packets of Pod "prod/p"',
    undefined,
  ],
])("a redirect that is not in effect says why: %s", (_, by, control, message, cure) => {
  const found = supersededBy(by.name, { by, control, pod: "prod/p" });
  assert.equal(found.reason, "Superseded");
  assert.equal(found.message, message);
  assert.equal(found.cure, cure ?? USUAL_CURE);
});
