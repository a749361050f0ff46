/** What a check is: it judges facts, and says so where they are not known. Pure. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Diagnosis } from "../contracts/mod.ts";
import type { Facts } from "./facts.ts";

/** Something that could be learned, or why it could not. */
export type Known<T> = { readonly value: T } | { readonly unknown: string };

export const known = <T>(value: T): Known<T> => ({ value });
export const unknown = (why: string): Known<never> => ({ unknown: why });

/** @returns What follows from something, if that is known. */
export function then<T, U>(one: Known<T>, next: (value: T) => Known<U>): Known<U> {
  return "value" in one ? next(one.value) : one;
}

/** One line of what the doctor says; what is skipped could not be looked at. */
export interface Finding extends Omit<Diagnosis, "level"> {
  readonly level: Diagnosis["level"] | "skipped";
}

export type Verdict = Omit<Diagnosis, "check">;
export type Check = (facts: Facts) => readonly Finding[];

/**
 * @param of What it looks at.
 * @param look All that there is to say of it, at least one thing.
 */
export function defineCheck<T>(
  check: string,
  { of, look }: {
    of(facts: Facts): Known<T>;
    look(value: T, facts: Facts): readonly Verdict[];
  },
): Check {
  return (facts) => {
    const seen = of(facts);
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

/** @param level What it means to the node: to its TrafficControls it may be another. */
export function fromCondition(
  { message, cure }: Condition,
  level: "warning" | "problem" = "problem",
): Verdict {
  return { level, message, ...(cure !== undefined && { cure }) };
}

/** The verdicts, or this one if there are none. */
export const orElse = (verdicts: readonly Verdict[], otherwise: string): readonly Verdict[] =>
  verdicts.length > 0 ? verdicts : [ok(otherwise)];
