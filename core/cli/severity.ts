/** How bad a condition is, as `status` and `explain` say it. @module */
import { type Condition, isPlanned } from "../contracts/condition.ts";

/** The worst first. */
export const SEVERITIES = ["problem", "warning", "planned"] as const;

/** What a condition is, in one word. */
export function severityOf(condition: Condition): typeof SEVERITIES[number] {
  return condition.warning ? "warning" : isPlanned(condition) ? "planned" : "problem";
}

/** The worst first; otherwise they stay in their order. */
export const worstFirst = (one: Condition, other: Condition): number =>
  SEVERITIES.indexOf(severityOf(one)) - SEVERITIES.indexOf(severityOf(other));
