/** The counters of what is done to the packets of single Pods, for TrafficControls that ask for them. @module */
import { hash } from "node:crypto";
import type { PacketDirection, PodCounter } from "../../contracts/mod.ts";
import type { PodKey } from "../../objects/types.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { counterID, countersOf, counterText, type NamedCounter } from "./counters.ts";

/** A counter of a Pod, by what it counts. */
export interface NamedPodCounter extends NamedCounter {
  readonly pod: PodKey;
}

/** 1 to 2^32 - 1. It follows from names alone, so it is the same after a restart, and at another port of the Pod. */
export const podCounterID = (counter: NamedPodCounter) =>
  hash("sha256", `${counterText(counter)} ${counter.pod}`, "buffer").readUInt32BE(0) || 1;

/** What is counted of the packets at ports of the Pod. */
export function podCountersOf(
  pod: PodKey,
  ports: readonly Pick<TreatedPort, PacketDirection>[],
): NamedPodCounter[] {
  const all = ports.flatMap(({ egress, ingress }) => [
    ...countedByPod(egress, "egress"),
    ...countedByPod(ingress, "ingress"),
  ]);
  return all.map((counter) => ({ ...counter, pod }));
}

function countedByPod(
  combined: CombinedTreatment | undefined,
  direction: PacketDirection,
): NamedCounter[] {
  if (!combined?.askers.byPod) return [];
  return countersOf(combined, direction).filter(({ byPod }) => byPod);
}

export function realizePodCounter(counter: NamedPodCounter): PodCounter {
  const { counts, direction } = counter;
  return { id: podCounterID(counter), counts, direction, of: counterID(counter) };
}
