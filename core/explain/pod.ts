/** Explains a Pod: which TrafficControls select it and which do not, and what is done to its packets. Pure. @module */
import { type Condition, isPlanned } from "../contracts/condition.ts";
import { hasSelector } from "../model/pods/mismatches.ts";
import { type Control, podKey, type PodObject } from "../objects/types.ts";
import { joinedConditions } from "../report/node_control.ts";
import { directionsOf } from "./directions.ts";
import type { ControlOfPod, ExplainedPort, PodExplanation } from "./explanation.ts";
import { flowsOfPort, sharedFlows } from "./flows.ts";
import {
  anyModel,
  bySimilarity,
  differencesOf,
  type ExplainInputs,
  labelTexts,
  withCure,
} from "./inputs.ts";
import { conditionsOn, outcomeOf, podOn, type PodOnBridge } from "./outcome.ts";

/** @param pod A Pod that the models know. */
export function explainPod(pod: PodObject, inputs: ExplainInputs): PodExplanation {
  const { node, selection, sources } = inputs;
  const key = podKey(pod);
  const places = podOn(inputs.bridges, key);
  return {
    pod: key,
    ...(node !== undefined && { node }),
    labels: labelTexts(pod.labels),
    namespaceLabels: labelTexts(selection.namespaceLabels(pod.namespace)),
    conditions: [...sources, ...said(places, ofPod)].map(withCure),
    ports: places.flatMap(portsOn),
    trafficControls: controlsOf(pod, places, inputs),
  };
}

/** What is said on the bridges. What all of them say is there once; all else names its bridge. */
function said(
  places: readonly PodOnBridge[],
  conditionsOf: (place: PodOnBridge) => readonly Condition[],
): Condition[] {
  const all = places.map((each) => ({ bridge: each.bridge, conditions: conditionsOf(each) }));
  return joinedConditions(all, all);
}

function ofPod({ model, blockers, failure, pod }: PodOnBridge): Condition[] {
  const own = model.treatedPod(pod)?.conditions ?? [];
  return [...blockers, ...(failure ? [failure] : []), ...own];
}

function portsOn({ bridge, model, pod, work }: PodOnBridge): ExplainedPort[] {
  return (model.treatedPod(pod)?.ports ?? []).map((treated) => {
    const { port, macs, ips } = treated;
    const ofport = model.ofport(port);
    return {
      bridge,
      name: port,
      ...(ofport !== undefined && { ofport }),
      macs,
      ips,
      directions: directionsOf(treated, work),
      flows: flowsOfPort(model, pod, port),
      sharedFlows: sharedFlows(model, treated),
    };
  });
}

function controlsOf(
  pod: PodObject,
  places: readonly PodOnBridge[],
  inputs: ExplainInputs,
): ControlOfPod[] {
  const controls = [...anyModel(inputs).controls.values()];
  const byRank = controls.sort((one, other) => one.rank < other.rank ? -1 : 1);
  const all = byRank.map((control) => {
    const differs = differencesOf(control, pod, inputs);
    const isSelected = differs.length === 0 && hasSelector(control.object.appliedTo);
    return isSelected ? selecting(control, places, inputs) : notSelecting(control, differs);
  });
  const isSelecting = ({ outcome }: ControlOfPod) => outcome !== "not selected";
  return [
    ...all.filter(isSelecting),
    ...all.filter((each) => !isSelecting(each)).sort(bySimilarity(({ name }) => name)),
  ];
}

function nameOf({ name, object: { action, direction } }: Control) {
  return { name, action, direction };
}

function notSelecting(control: Control, differs: ControlOfPod["differs"]): ControlOfPod {
  return { ...nameOf(control), outcome: "not selected", differs, conditions: [] };
}

function selecting(
  control: Control,
  places: readonly PodOnBridge[],
  { bridges }: ExplainInputs,
): ControlOfPod {
  const { name } = control;
  const invalid = bridges[0]!.invalid.get(name) ?? [];
  const conditions = said(places, (place) => conditionsOn(place, name));
  return {
    ...nameOf(control),
    outcome: outcomeOf(name, places),
    differs: [],
    conditions: [...invalid, ...conditions].sort(plannedLast).map(withCure),
  };
}

/** What is as planned is no problem. */
const plannedLast = (one: Condition, other: Condition) =>
  Number(isPlanned(one)) - Number(isPlanned(other));
