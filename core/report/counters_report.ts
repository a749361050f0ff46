/** All counters of a node at one moment, which `GET /api/v1/counters` and `sluice top` show. Pure. @module */
import type { Model } from "../model/model.ts";
import type { PodKey } from "../objects/types.ts";
import { type ControlCounts, NOT_READ, type PodCounts } from "./counters.ts";
import type { PortCounts } from "./live_port_counts.ts";

/** What is counted on one bridge. */
interface OnBridge {
  readonly bridge: string;
}

/** What was done for one TrafficControl on a bridge. What it does not do is absent. */
export interface CountedControl extends OnBridge, ControlCounts {
  readonly name: string;
}

/** What was done to the packets of one Pod for one TrafficControl on a bridge, with `counters: PerPod`. */
export interface CountedPod extends OnBridge, ControlCounts {
  readonly trafficControl: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a port has counted since it was made. */
export interface CountedPort extends OnBridge, PortCounts {
  readonly name: string;
  /** Number of the port in OpenFlow. */
  readonly ofport: number;
}

/** A port of Sluice's, or one that the owner has lent it. */
export interface CountedTarget extends CountedPort {
  /** The TrafficControls that use it, sorted. */
  readonly trafficControls: readonly string[];
}

/** The port of a Pod to whose packets something is done. */
export interface CountedPodPort extends CountedPort {
  readonly namespace: string;
  readonly pod: string;
}

export interface CountersReport {
  readonly node?: string;
  /** `isRead`: whether its switch has told its counters in time. If not, all that it counts is missing here. */
  readonly bridges: readonly (OnBridge & { readonly isRead: boolean })[];
  readonly trafficControls: readonly CountedControl[];
  /** Pods that are counted by themselves. */
  readonly pods: readonly CountedPod[];
  /** Target and return ports that are ready. */
  readonly ports: readonly CountedTarget[];
  readonly podPorts: readonly CountedPodPort[];
}

/** What the counters of one bridge are told from. */
export interface BridgeCountersInputs {
  readonly bridge: string;
  readonly model: Model;
  readonly counts: ReadonlyMap<string, ControlCounts>;
  readonly podCounts: PodCounts;
  readonly portCounts: ReadonlyMap<number, PortCounts>;
}

/** Whether the switch has told all of its counters in time. */
function isRead({ counts, podCounts, portCounts }: BridgeCountersInputs): boolean {
  const all: readonly unknown[] = [counts, podCounts, portCounts];
  return !all.includes(NOT_READ);
}

/** @param node Name of the node. */
export function countersReport(
  bridges: readonly BridgeCountersInputs[],
  node?: string,
): CountersReport {
  const read = bridges.filter(isRead);
  return {
    ...(node !== undefined && { node }),
    bridges: bridges.map((each) => ({ bridge: each.bridge, isRead: isRead(each) })),
    trafficControls: read.flatMap(({ bridge, counts }) =>
      [...counts].map(([name, counted]) => ({ bridge, name, ...counted }))
    ),
    pods: read.flatMap(countedPods),
    ports: read.flatMap(countedTargets),
    podPorts: read.flatMap(countedPodPorts),
  };
}

function countedPods({ bridge, model, podCounts }: BridgeCountersInputs): CountedPod[] {
  return [...podCounts].flatMap(([trafficControl, pods]) =>
    [...pods].flatMap(([key, counted]) => {
      const pod = model.pods.get(key);
      if (!pod) return [];
      return [{ bridge, trafficControl, namespace: pod.namespace, name: pod.name, ...counted }];
    })
  );
}

/** The number of the port and what it has counted, if both are known. */
function countedOf(ofport: number | undefined, { portCounts }: BridgeCountersInputs) {
  const counted = ofport === undefined ? undefined : portCounts.get(ofport);
  return counted && { ofport: ofport!, ...counted };
}

function countedTargets(inputs: BridgeCountersInputs): CountedTarget[] {
  const { bridge, model: { wanted } } = inputs;
  return wanted.readyPorts().flatMap(({ name, ofport }) => {
    const counted = countedOf(ofport, inputs);
    const trafficControls = [...wanted.claims.controls(name)].sort();
    return counted ? [{ bridge, name, trafficControls, ...counted }] : [];
  });
}

function countedPodPorts(inputs: BridgeCountersInputs): CountedPodPort[] {
  const { bridge, model } = inputs;
  const treated = (key: PodKey) =>
    (model.treatedPod(key)?.ports ?? []).filter(({ egress, ingress }) => egress || ingress);
  return [...model.pods.keys()].flatMap((key) => {
    const { namespace, name: pod } = model.pods.get(key)!;
    return treated(key).flatMap(({ port: name }) => {
      const counted = countedOf(model.ofport(name), inputs);
      return counted ? [{ bridge, namespace, pod, name, ...counted }] : [];
    });
  });
}
