/** What /readyz and /healthz say of a bridge: each line names the bridge, the condition and the cure. Pure. @module */
import type { Overdue } from "../apply/round_watch.ts";
import { type Condition, cureOf, sentence } from "../contracts/condition.ts";

export interface Progress {
  /** Why Sluice must not write to the bridge. */
  readonly blockers: readonly Condition[];
  /** Why the last round failed. */
  readonly failure: Condition | undefined;
  /** Whether nothing is to be done, and nothing is being written. */
  readonly settled: boolean;
}

/** Reason, message and cure, a line for each condition. A condition has a cure of its own or that of its reason. */
export function conditionLines(conditions: readonly Condition[]): string[] {
  return conditions.map((each) => {
    const { reason, message } = each;
    const cure = cureOf(each);
    return `${reason}: ${sentence({ message, ...(cure !== undefined && { cure }) })}`;
  });
}

/** Why something that Sluice can realize is not realized yet, a line each; empty if all of it is. */
export function unreadyLines(bridge: string, { blockers, failure, settled }: Progress): string[] {
  const conditions = [...blockers, ...(failure ? [failure] : [])];
  if (conditions.length > 0) {
    return conditionLines(conditions).map((line) => `bridge ${bridge}: ${line}`);
  }
  return settled ? [] : [`bridge ${bridge}: changes are under way`];
}

/** Which round takes too long. @param why What hinders it, if that is known. */
export function overdueLine(bridge: string, overdue: Overdue, why: Condition | undefined): string {
  const { since, step } = overdue;
  const seconds = Math.round(since / 1000);
  if (step !== undefined) {
    return `bridge ${bridge}: the step "${step}" has not ended for ${seconds} s: restart the agent`;
  }
  const reason = why ? ` (${conditionLines([why])})` : "";
  return `bridge ${bridge}: no round has ended well for ${seconds} s${reason}: restart the agent`;
}
