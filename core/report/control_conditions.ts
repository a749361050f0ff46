/** Collects all conditions of one TrafficControl on this node. Pure. @module */
import { type Condition, condition, isPlanned, sentence } from "../contracts/condition.ts";
import { concerns as concernsParts } from "../model/flows/concerned.ts";
import type { Control, PodKey } from "../objects/types.ts";
import { blocked, sensorConditions } from "../model/refusals/sensor_conditions.ts";
import type { Model } from "../model/model.ts";
import { conditionsOf } from "../model/ports/verdict.ts";
import { noTraffic } from "./no_traffic.ts";
import { supersededBy } from "./superseded.ts";
import { undelivered } from "./undelivered.ts";
import { diverts } from "../model/pods/treatments.ts";

/**
 * The conditions of the TrafficControl itself, then those of its ports, then those of the Pods that it selects. The
 * order is the same after each restart, and each text is there once. What is wrong with ports and Pods does not hinder one
 * whose time has not come, or is over.
 *
 * @param selected Of the selected Pods, those whose conditions are meant.
 */
export function controlConditions(
  model: Model,
  control: Control,
  selected: Iterable<PodKey> = model.selection.podsOf(control.name),
): Condition[] {
  const refusal = model.readiness.refusal(control);
  if (refusal && isPlanned(refusal)) return distinct([refusal, ...control.conditions]);
  const ports = refusal
    ? []
    : control.ports.flatMap(({ spec }) => conditionsOf(model.wanted.verdict(spec.name)));
  const keys = [...selected].sort();
  const pods = keys.flatMap((key) => {
    const treated = model.treatedPod(key);
    const winner = treated?.superseded.get(control.name);
    const superseded = winner === undefined ? [] : [
      supersededBy(winner, { by: actingNow(model, winner), control, pod: key }),
    ];
    const own = treated?.conditions.filter(({ reason }) => concerns(control, reason)) ?? [];
    return [...superseded, ...own];
  });
  const refusedFlow = model.refusedFlows.get(control.name);
  return distinct([
    ...(refusal ? [refusal] : []),
    ...(refusedFlow ? [refusedFlow] : []),
    ...control.conditions,
    ...sensorConditions(
      control,
      model.datapath.sensors,
      (name) => model.ports.named(name),
    ),
    ...quiet(model, control),
    ...ports,
    ...(blocksPods(model, control, keys) ? [blocked(control)] : []),
    ...pods,
    ...undelivered(model, keys),
    ...brokenConditions(model, control, keys),
  ]);
}

function quiet({ datapath }: Model, { name }: Control): Condition[] {
  const time = datapath.quiet.get(name);
  return time === undefined ? [] : [noTraffic(time)];
}

/** Whether packets of a Pod are dropped as no pair is there. Another redirect may have the Pod, or there may be none here. */
function blocksPods(model: Model, control: Control, pods: readonly PodKey[]): boolean {
  if (!model.readiness.isBlocked(control)) return false;
  const ports = pods
    .flatMap((key) => model.treatedPod(key)?.ports ?? []);
  return ports.some(({ egress, ingress }) => egress?.drop || ingress?.drop);
}

/** The TrafficControl as it acts; nothing if it was deleted a moment ago. */
function actingNow(model: Model, name: string): Control | undefined {
  const control = model.controls.get(name);
  return control && (model.readiness.acting(control) ?? control);
}

/** Flows that are left out as something in them cannot be matched, or as the pipeline failed. */
function brokenConditions(
  model: Model,
  control: Control,
  pods: readonly PodKey[],
): Condition[] {
  const { broken } = model.datapath;
  if (broken.size === 0) return [];
  const isConcerned = concernsParts(model.datapath, control, pods);
  return [...broken].sort(([a], [b]) => a < b ? -1 : 1).filter(([part]) => isConcerned(part))
    .map(([part, { message }]) => condition("FlowsLeftOut", `No flows for ${part}: ${message}`));
}

/** Whether a condition of a Pod hinders this TrafficControl: two Pods with one MAC hinder redirects and drops only. */
function concerns({ treatment }: Control, reason: Condition["reason"]): boolean {
  return reason !== "AmbiguousMAC" || diverts(treatment);
}

function distinct(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((condition) => [sentence(condition), condition])).values()];
}
