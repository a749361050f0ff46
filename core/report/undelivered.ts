/** Pods to whose ports the bridge's owner sends nothing, as far as is known: then Sluice has no place for its rows. Pure. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import type { PodKey } from "../objects/types.ts";

/** The conditions of the Pods of which nothing is treated that they receive. */
export function undelivered(model: Model, pods: readonly PodKey[]): Condition[] {
  if (!model.pipeline.type.deliveryRows) return [];
  const missing = new Set(model.datapath.deliveries.missing());
  if (missing.size === 0) return [];
  return pods.flatMap((pod) =>
    (model.treatedPod(pod)?.ports ?? []).filter(({ port, ingress }) => ingress && missing.has(port))
      .map(({ port }) =>
        condition(
          "DeliveryMissing",
          `No flow of OVN sends packets to port "${port}" of Pod "${pod}" yet, so what it receives ` +
            "is not treated",
          "see in ovn-controller's log whether it has claimed the port",
        )
      )
  );
}
