/** A check judges one fact of a node, or says why it could not look at it. Pure. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Diagnosis } from "../contracts/mod.ts";
import type { Facts } from "./facts.ts";
import type { Known } from "./known.ts";

/** One line of the doctor's output. A check is `skipped` if what it looks at is not known. */
export interface Finding extends Omit<Diagnosis, "level"> {
  readonly level: Diagnosis["level"] | "skipped";
}

export type Verdict = Omit<Diagnosis, "check">;
export type Check = (facts: Facts) => readonly Finding[];

/**
 * A check under the name that its findings carry.
 *
 * @param subject The fact that the check judges.
 * @param look Judges the fact when it is known. It returns at least one verdict.
 */
export function defineCheck<T>(
  check: string,
  { subject, look }: {
    subject(facts: Facts): Known<T>;
    look(value: T, facts: Facts): readonly Verdict[];
  },
): Check {
  return (facts) => {
    const seen = subject(facts);
    if ("unknown" in seen) {
      return [{ check, level: "skipped", message: `not looked at, because ${seen.unknown}` }];
    }
    return look(seen.value, facts).map((verdict) => ({ check, ...verdict }));
  };
}

export const ok = (message: string): Verdict => ({ level: "ok", message });
export const warning = (message: string, cure: string): Verdict => ({
  level: "warning",
  message,
  cure,
});
export const problem = (message: string, cure: string): Verdict => ({
  level: "problem",
  message,
  cure,
});

/** @param level How much it matters to the node. To one TrafficControl it may matter more, or less. */
export function fromCondition(
  { message, cure }: Condition,
  level: "warning" | "problem" = "problem",
): Verdict {
  return { level, message, ...(cure !== undefined && { cure }) };
}

/** The verdicts; if there are none, an `ok` with this message. */
export const orElse = (verdicts: readonly Verdict[], otherwise: string): readonly Verdict[] =>
  verdicts.length > 0 ? verdicts : [ok(otherwise)];
