/** The flows that are there for one Pod's port, or for one TrafficControl. Pure. @module */
import { concerns } from "../model/flows/concerned.ts";
import { FLOOD_PART } from "../model/flows/flood_receivers.ts";
import { TURN_PART } from "../model/flows/flow_set.ts";
import { BRIDGE_PART } from "../model/flows/part_rows.ts";
import { isPodPart, podPortPart, treatmentPart } from "../model/flows/parts_in_use.ts";
import type { Model } from "../model/model.ts";
import type { TreatedPort } from "../model/pods/treated_pod.ts";
import type { Control, PodKey } from "../objects/types.ts";
import { type Flow, formatFlow, sameContent } from "../openflow/mod.ts";
import type { ExplainedFlow } from "./explanation.ts";

/** Parts that are there for all TrafficControls together. */
const OF_ALL: ReadonlySet<string> = new Set([BRIDGE_PART, TURN_PART, FLOOD_PART]);

function explained({ flows }: Model, flow: Flow): ExplainedFlow {
  const observed = flows.observed(flow);
  return { flow: formatFlow(flow), isThere: observed !== undefined && sameContent(flow, observed) };
}

function sorted(flows: readonly Flow[]): Flow[] {
  return [...flows].sort((one, other) => one.table - other.table || other.priority - one.priority);
}

/** The flows that are there for the port of this Pod alone. Broadcast that is split has some by the port of its sender. */
export function flowsOfPort(model: Model, pod: PodKey, port: string): ExplainedFlow[] {
  const { flows } = model;
  const ofport = model.ofport(port);
  const isFrom = ({ match }: Flow) =>
    ofport !== undefined && match.in_port?.value === BigInt(ofport);
  const all = [
    ...flows.flowsOf(podPortPart(pod, port)),
    ...flows.flowsOf(FLOOD_PART).filter(isFrom),
  ];
  return sorted(all).map((flow) => explained(model, flow));
}

/** Number of the flows of the port's treatments. Pods with the same treatment share them. */
export function sharedFlows({ flows }: Model, { egress, ingress }: TreatedPort): number {
  const count = (part: string | undefined) => part === undefined ? 0 : flows.flowsOf(part).length;
  return count(egress && treatmentPart("egress", egress)) +
    count(ingress && treatmentPart("ingress", ingress));
}

/** The flows that are there for the TrafficControl, without those of single Pods and those of the bridge. */
export function flowsOfControl(
  model: Model,
  control: Control,
): { readonly own: readonly ExplainedFlow[]; readonly ofPods: number } {
  const pods = [...model.selection.podsOf(control.name)];
  if (pods.length === 0) return { own: [], ofPods: 0 };
  const isConcerned = concerns(model.datapath, control, pods);
  const parts = [...model.flows.parts()].filter((part) => !OF_ALL.has(part) && isConcerned(part));
  const flowsOf = (some: readonly string[]) => some.flatMap((part) => model.flows.flowsOf(part));
  const own = sorted(flowsOf(parts.filter((part) => !isPodPart(part))));
  return {
    own: own.map((flow) => explained(model, flow)),
    ofPods: flowsOf(parts.filter(isPodPart)).length,
  };
}
