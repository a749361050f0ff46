/** What explanations are made from. @module */
import { type Condition, cureOf } from "../contracts/condition.ts";
import type { Kind } from "../contracts/mod.ts";
import { mismatchesOf, mismatchText } from "../model/pods/mismatches.ts";
import type { Selection } from "../model/pods/selection.ts";
import type { Control, PodObject } from "../objects/types.ts";
import type { BridgeInputs } from "../report/node_control.ts";
import type { Difference } from "./explanation.ts";

export interface ExplainInputs {
  readonly node?: string | undefined;
  /** One at least. */
  readonly bridges: readonly BridgeInputs[];
  /** Of the Pods of the node, wherever they have ports. */
  readonly selection: Selection;
  /** Why sources have not given all their objects. */
  readonly sources: readonly Condition[];
  /** Names of the sources that list an object, whether it counts or not. */
  readonly listing: (kind: Kind, name: string) => readonly string[];
  /** What is wrong with objects that are refused, a line each. */
  readonly issues: readonly string[];
}

/** The model of the first bridge: each model knows all objects. */
export const anyModel = ({ bridges }: ExplainInputs) => bridges[0]!.model;

/** What differs between what the TrafficControl requires and what the Pod has. */
export function differencesOf(
  { object }: Control,
  { namespace, labels }: PodObject,
  { selection }: ExplainInputs,
): Difference[] {
  const ofNamespace = selection.namespaceLabels(namespace);
  return mismatchesOf(object.appliedTo, labels, ofNamespace)
    .map((each) => ({ ...each, message: mismatchText(each) }));
}

/** A condition with what a user can do about it, even if it names nothing itself. */
export function withCure(condition: Condition): Condition {
  const cure = cureOf(condition);
  return cure === undefined ? condition : { ...condition, cure };
}

/** Labels as `key=value`, sorted. */
export const labelTexts = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([key, value]) => `${key}=${value}`).sort();

/** Sorts the most similar first: by the number of differences, then by the name. */
export function bySimilarity<Item extends { readonly differs: readonly unknown[] }>(
  nameOf: (item: Item) => string,
): (one: Item, other: Item) => number {
  return (one, other) =>
    one.differs.length - other.differs.length || (nameOf(one) < nameOf(other) ? -1 : 1);
}
