/** Random labels and selectors, for property tests. @module */
import fc from "fast-check";

/** There are few keys and values, so that random labels and selectors often have the same ones. */
const key = fc.constantFrom("a", "b", "c");
const value = fc.constantFrom("", "1", "2");
export const labels = fc.dictionary(key, value, { noNullPrototype: true });
const values = fc.uniqueArray(value, { minLength: 1 });
const requirement = fc.oneof(
  fc.record({ key, operator: fc.constantFrom("In" as const, "NotIn" as const), values }),
  fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
);
export const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 3 }) },
  { requiredKeys: [], noNullPrototype: true },
);
export const appliedTo = fc.record(
  { podSelector: selector, namespaceSelector: selector },
  { requiredKeys: [], noNullPrototype: true },
);
