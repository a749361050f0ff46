/** A fact that could be learned, or the reason why it could not. Pure. @module */

export type Known<T> = { readonly value: T } | { readonly unknown: string };

export const known = <T>(value: T): Known<T> => ({ value });
export const unknown = (why: string): Known<never> => ({ unknown: why });

/** @returns What `next` makes of the value, if it is known; otherwise why it is not known. */
export function ifKnown<T, U>(fact: Known<T>, next: (value: T) => Known<U>): Known<U> {
  return "value" in fact ? next(fact.value) : fact;
}
