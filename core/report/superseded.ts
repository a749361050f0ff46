/** Why a redirect of a Pod is not in effect. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { orderOf, pairText } from "../model/pods/chains.ts";
import type { Control, PodKey } from "../objects/types.ts";

interface Superseded {
  readonly control: Control;
  readonly pod: PodKey;
  /** The TrafficControl that redirects the Pod or drops its packets; nothing if it was deleted a moment ago. */
  readonly by: Control | undefined;
}

/** Says what decided: a drop, otherwise the priorities, or the age if both have the same. */
export function supersededBy(winner: string, { by, control, pod }: Superseded): Condition {
  if (by?.treatment.drop) {
    return condition("Superseded", `TrafficControl "${winner}" drops packets of Pod "${pod}"`);
  }
  if (by && orderOf(by) !== undefined) return besideChain(by, control, pod);
  const priority = by?.priority;
  const message = priority === undefined || priority === control.priority
    ? `The older TrafficControl "${winner}" redirects Pod "${pod}"`
    : `TrafficControl "${winner}" with priority ${priority} redirects Pod "${pod}"; ` +
      `this one has priority ${control.priority}`;
  return condition("Superseded", message);
}

/** Why a redirect is not in a chain that is in effect. */
function besideChain(by: Control, control: Control, pod: PodKey): Condition {
  const { name } = by;
  if (orderOf(control) === undefined) {
    return condition(
      "Superseded",
      `TrafficControl "${name}" redirects Pod "${pod}" and has chainOrder; this one has none`,
    );
  }
  if (pairText(by) === pairText(control)) {
    return condition(
      "Superseded",
      `TrafficControl "${name}" has the same pair in the chain of Pod "${pod}"`,
      "give the two different pairs or Pods",
    );
  }
  return condition(
    "Superseded",
    `The chain of Pod "${pod}" has ${LIMITS.chain} redirects that come before this one by priority, age or name`,
    "give this one a lower priority, or take another one out of the chain",
  );
}
