/** Label selectors: apimachinery's semantics, and an index from labels to selectors. @module */
import type { LabelSelector, TrafficControl } from "../../objects/types.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];
type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** A missing label is not in any set: `NotIn` and `DoesNotExist` accept it. */
const OPERATORS: Readonly<
  Record<Requirement["operator"], (value: string | undefined, values: readonly string[]) => boolean>
> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** All requirements must hold; an empty selector matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {})
    .every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
  return equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) =>
      OPERATORS[operator](Object.hasOwn(labels, key) ? labels[key] : undefined, values)
    );
}

/** Both selectors must match where both are given; where none is, nothing is selected. */
export function appliesTo(
  { podSelector, namespaceSelector }: AppliedTo,
  podLabels: Labels,
  namespaceLabels: Labels,
): boolean {
  if (!podSelector && !namespaceSelector) return false;
  return (!podSelector || matchesSelector(podSelector, podLabels)) &&
    (!namespaceSelector || matchesSelector(namespaceSelector, namespaceLabels));
}

/** Where an id is filed: one label with each value that the selector needs of it, or none. */
function keysOf({ podSelector, namespaceSelector }: AppliedTo): readonly string[] {
  if (!podSelector && !namespaceSelector) return [];
  return required("pod", podSelector) ?? required("namespace", namespaceSelector) ?? [ANYTHING];
}

const ANYTHING = "";
const keyOf = (side: string, key: string, value: string) => `${side} ${key}=${value}`;

function required(side: string, selector: LabelSelector | undefined): string[] | undefined {
  const [label] = Object.entries(selector?.matchLabels ?? {});
  if (label) return [keyOf(side, ...label)];
  const among = selector?.matchExpressions?.find(({ operator }) => operator === "In");
  return among?.values?.map((value) => keyOf(side, among.key, value));
}

/** Finds the selectors that may match an object, at the cost of its labels. */
export class SelectorIndex {
  #ids = new Map<string, Set<string>>();
  #filed = new Map<string, readonly string[]>();

  add(id: string, appliedTo: AppliedTo): void {
    this.remove(id);
    const keys = keysOf(appliedTo);
    this.#filed.set(id, keys);
    for (const key of keys) this.#ids.set(key, (this.#ids.get(key) ?? new Set()).add(id));
  }

  remove(id: string): void {
    for (const key of this.#filed.get(id) ?? []) {
      const ids = this.#ids.get(key)!;
      ids.delete(id);
      if (ids.size === 0) this.#ids.delete(key);
    }
    this.#filed.delete(id);
  }

  /** @returns Ids of all that match, and of few that do not. */
  candidates(podLabels: Labels, namespaceLabels: Labels): Set<string> {
    const keys = [
      ANYTHING,
      ...Object.entries(podLabels).map(([key, value]) => keyOf("pod", key, value)),
      ...Object.entries(namespaceLabels).map(([key, value]) => keyOf("namespace", key, value)),
    ];
    return new Set(keys.flatMap((key) => [...this.#ids.get(key) ?? []]));
  }
}
