/** What becomes of a TrafficControl at a Pod, on one bridge. Pure. @module */
import { type Condition, isPlanned } from "../contracts/condition.ts";
import type { Control, PodKey } from "../objects/types.ts";
import { controlConditions } from "../report/control_conditions.ts";
import type { BridgeInputs } from "../report/node_control.ts";
import type { Outcome } from "./explanation.ts";
import { PodWork } from "./work.ts";

/** A Pod on one of the bridges where it has a port. */
export interface PodOnBridge extends BridgeInputs {
  readonly pod: PodKey;
  readonly work: PodWork;
}

/** The Pod on the bridges on which it has a port; on all of them if it has none. */
export function podOn(bridges: readonly BridgeInputs[], pod: PodKey): PodOnBridge[] {
  const there = bridges.filter(({ model }) => model.pods.hasPort(pod));
  return (there.length > 0 ? there : bridges)
    .map((each) => ({ ...each, pod, work: new PodWork(each.model, pod) }));
}

/** What it does on one of the bridges, if it does something on any; otherwise why it does nothing. */
export function outcomeOf(control: string, places: readonly PodOnBridge[]): Outcome {
  const outcomes = places.flatMap((place) => {
    const there = place.model.controls.get(control); // Its tunnels may differ by bridge
    return there ? [outcomeOn(place, there)] : [];
  });
  return outcomes.find((outcome) => outcome === "in effect") ?? outcomes[0] ?? "waits";
}

function outcomeOn(place: PodOnBridge, control: Control): Outcome {
  const { model, blockers, failure, pod, work } = place;
  const refusal = model.readiness.refusal(control);
  if (refusal) return isPlanned(refusal) ? "planned" : "refused";
  if (!model.pods.hasPort(pod)) return "no port";
  const acting = model.readiness.acting(control);
  if (!acting) return "waits";
  const isStopped = blockers.length > 0 || failure !== undefined;
  if (isStopped || model.pending.has(control.name)) return "waits";
  if (model.treatedPod(pod)?.superseded.has(control.name)) return "superseded";
  if (!work.isAtWork(control.name)) return "nothing";
  return acting.isBlocked ? "blocked" : "in effect";
}

/** The conditions of the TrafficControl on the bridge that concern this Pod. */
export function conditionsOn({ model, pod }: PodOnBridge, control: string): Condition[] {
  const there = model.controls.get(control);
  return there ? controlConditions(model, there, [pod]) : [];
}
