/** Label selectors, with the semantics of Kubernetes' apimachinery, and an index from labels to selectors. @module */
import type { LabelSelector, TrafficControl } from "../../objects/types.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];
/** One of the `matchExpressions` of a selector. */
export type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** What each operator accepts. A missing label is in no set, so `NotIn` and `DoesNotExist` accept it. */
const OPERATORS: Readonly<
  Record<Requirement["operator"], (value: string | undefined, values: readonly string[]) => boolean>
> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Whether labels fulfil one requirement. */
export function isMet({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  return OPERATORS[operator](Object.hasOwn(labels, key) ? labels[key] : undefined, values);
}

/** Whether labels fulfil all requirements of a selector. An empty selector matches everything. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {})
    .every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
  return equal &&
    (selector.matchExpressions ?? []).every((requirement) => isMet(requirement, labels));
}

/** Whether a Pod is selected. Each selector that is given must match; without any selector, no Pod is selected. */
export function appliesTo(
  { podSelector, namespaceSelector }: AppliedTo,
  podLabels: Labels,
  namespaceLabels: Labels,
): boolean {
  if (!podSelector && !namespaceSelector) return false;
  return (!podSelector || matchesSelector(podSelector, podLabels)) &&
    (!namespaceSelector || matchesSelector(namespaceSelector, namespaceLabels));
}

/** The keys under which a selector is filed: one label that it requires, with each value that it accepts for it. */
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

/** Finds the selectors that may match an object. A look-up costs as much as the object has labels. */
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

  /** @returns Ids of all selectors that match, and of a few that do not. */
  candidates(podLabels: Labels, namespaceLabels: Labels): Set<string> {
    const keys = [
      ANYTHING,
      ...Object.entries(podLabels).map(([key, value]) => keyOf("pod", key, value)),
      ...Object.entries(namespaceLabels).map(([key, value]) => keyOf("namespace", key, value)),
    ];
    return new Set(keys.flatMap((key) => [...this.#ids.get(key) ?? []]));
  }
}
