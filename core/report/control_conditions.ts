/** Collects all conditions of one TrafficControl on this node. Pure. @module */
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import type { Control } from "../objects/types.ts";
import type { Model } from "../model/model.ts";

/**
 * The conditions of the TrafficControl itself, then those of its ports, then those of the Pods that it selects. The
 * order is the same after each restart, and each text is there once.
 */
export function controlConditions(model: Model, control: Control): Condition[] {
  const refusal = model.readiness.refusal(control);
  const ports = refusal ? [] : control.ports.flatMap(({ spec }) => {
    const verdict = model.wanted.verdict(spec.name);
    if (!verdict) return [];
    return verdict.state === "ready"
      ? verdict.conditions
      : "condition" in verdict
      ? [verdict.condition]
      : [];
  });
  const pods = [...model.selection.podsOf(control.name)].sort().flatMap((key) => {
    const placed = model.placed(key);
    const winner = placed?.superseded.get(control.name);
    const superseded: Condition[] = winner
      ? [condition("Superseded", `The older TrafficControl "${winner}" redirects Pod "${key}"`)]
      : [];
    const own = placed?.conditions.filter(({ reason }) => concerns(control, reason)) ?? [];
    return [...superseded, ...own];
  });
  return distinct([
    ...(refusal ? [refusal] : []),
    ...ports,
    ...pods,
    ...brokenConditions(model, control),
  ]);
}

/** One condition for each part of the flows that is left out because OpenFlow cannot match something in it. */
function brokenConditions(model: Model, control: Control): Condition[] {
  const names = new Set<string>(model.selection.podsOf(control.name));
  for (const { spec } of control.ports) names.add(spec.name);
  return [...model.datapath.broken].sort(([a], [b]) => a < b ? -1 : 1).filter(([part]) =>
    part.split(" ").some((name) => names.has(name))
  )
    .map(([part, { message }]) => condition("FlowsLeftOut", `No flows for ${part}: ${message}`));
}

/** Whether a condition of a Pod hinders this TrafficControl: two Pods with one MAC hinder redirects and drops only. */
function concerns({ treatment }: Control, reason: Condition["reason"]): boolean {
  return reason !== "AmbiguousMAC" || treatment.redirect !== undefined || treatment.drop === true;
}

function distinct(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((condition) => [sentence(condition), condition])).values()];
}
