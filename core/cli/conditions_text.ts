/** Conditions as lines of text, as `status` and `explain` show them. @module */
import { type Condition, isPlanned, sentence } from "../contracts/condition.ts";

/** What a condition is, in one word. */
export function severity(condition: Condition): "problem" | "warning" | "planned" {
  return condition.warning ? "warning" : isPlanned(condition) ? "planned" : "problem";
}

const ORDER = ["problem", "warning", "planned"];

/** The worst first; otherwise they stay in their order. */
export const worstFirst = (one: Condition, other: Condition): number =>
  ORDER.indexOf(severity(one)) - ORDER.indexOf(severity(other));

/** A line for each condition, with its cure at the end. */
export function conditionLines(subject: string, conditions: readonly Condition[]): string {
  return conditions.map((each) =>
    `  ${severity(each)}: ${subject}: ${each.reason}: ${sentence(each)}\n`
  ).join("");
}
