/** Which requirements of a TrafficControl's selectors a Pod does not meet, in words, too. Pure. @module */
import type { LabelSelector, TrafficControl } from "../../objects/types.ts";
import { isMet, type Requirement } from "./selector_index.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];

/** The operator of an entry of `matchLabels`. */
const EQUALS = "=";

/** One requirement that is not met. */
export interface Mismatch {
  /** Whose labels are meant. */
  readonly of: "Pod" | "Namespace";
  /** The key of the label. */
  readonly label: string;
  readonly operator: typeof EQUALS | Requirement["operator"];
  /** Values that are wanted, or with `NotIn` those that are not; empty for `Exists` and `DoesNotExist`. */
  readonly values: readonly string[];
  /** The value that the label has; absent if there is no such label. */
  readonly found?: string;
}

/** Whether it can select a Pod at all: without a selector, it selects none. */
export const hasSelector = ({ podSelector, namespaceSelector }: AppliedTo): boolean =>
  podSelector !== undefined || namespaceSelector !== undefined;

/** What differs, in the order of the selectors; empty if all requirements are met. */
export function mismatchesOf(
  { podSelector, namespaceSelector }: AppliedTo,
  podLabels: Labels,
  namespaceLabels: Labels,
): Mismatch[] {
  return [
    ...unmet("Pod", podSelector, podLabels),
    ...unmet("Namespace", namespaceSelector, namespaceLabels),
  ];
}

function unmet(
  of: Mismatch["of"],
  { matchLabels = {}, matchExpressions = [] }: LabelSelector = {},
  labels: Labels,
): Mismatch[] {
  const equal = Object.entries(matchLabels).map(([label, value]) => ({
    requirement: { key: label, operator: "In" as const, values: [value] },
    operator: EQUALS as Mismatch["operator"],
  }));
  const expressions = matchExpressions.map((requirement) => ({
    requirement,
    operator: requirement.operator,
  }));
  return [...equal, ...expressions].filter(({ requirement }) => !isMet(requirement, labels))
    .map(({ requirement: { key, values = [] }, operator }) => ({
      of,
      label: key,
      operator,
      values,
      ...(Object.hasOwn(labels, key) && { found: labels[key]! }),
    }));
}

/** What is wanted, as in `app=db` or `tier NotIn (a, b)`. */
function wantedText({ label, operator, values }: Pick<Mismatch, "label" | "operator" | "values">) {
  if (operator === EQUALS) return `${label}=${values[0]}`;
  if (operator === "Exists") return `a label ${label}`;
  if (operator === "DoesNotExist") return `no label ${label}`;
  return `${label} ${operator} (${values.join(", ")})`;
}

/** What differs, in words: what is wanted, and what there is. */
export function mismatchText(mismatch: Mismatch): string {
  const { of, label, found } = mismatch;
  const has = found === undefined ? `has no label ${label}` : `has ${label}=${found}`;
  return `wanted ${wantedText(mismatch)}, the ${of} ${has}`;
}

/** A change of one label by which the requirement is met. Without `value`, the label is to be removed. */
export function mendOf(
  { label, operator, values }: Mismatch,
): { readonly label: string; readonly value?: string } {
  if (operator === "NotIn" || operator === "DoesNotExist") return { label };
  return { label, value: values[0] ?? "" };
}

/** All requirements of the selectors in words; empty if it can select no Pod. */
export function requirementTexts(appliedTo: AppliedTo): string[] {
  const { podSelector, namespaceSelector } = appliedTo;
  return [
    ...podSelector ? selectorTexts("Pods", podSelector) : [],
    ...namespaceSelector ? selectorTexts("Namespaces", namespaceSelector) : [],
  ];
}

function selectorTexts(
  whose: string,
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
): string[] {
  const equal = Object.entries(matchLabels)
    .map(([label, value]) => wantedText({ label, operator: EQUALS, values: [value] }));
  const expressions = matchExpressions.map(({ key, operator, values = [] }) =>
    wantedText({ label: key, operator, values })
  );
  const all = [...equal, ...expressions];
  return all.length === 0 ? [`all ${whose}`] : all.map((each) => `${whose} with ${each}`);
}
