/** Reads how many packets each TrafficControl has dropped, as the switch counts them. @module */
import type { Control } from "../objects/types.ts";
import { treatmentPart } from "../model/flows/parts_in_use.ts";
import type { Model } from "../model/model.ts";
import { flowKey, type OpenFlowClient } from "../openflow/mod.ts";
import { OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/**
 * Reads the counters from the switch. It sends no request if no TrafficControl drops or there is no connection.
 *
 * @returns Number of packets, by name of a TrafficControl with the action Drop. TrafficControls with equal treatments
 * share their flows, so each of them has the number of all.
 */
export async function dropCounts(
  model: Model,
  client: OpenFlowClient | undefined,
): Promise<ReadonlyMap<string, number>> {
  const dropping = [...model.controls.values()].filter(({ treatment }) => treatment.drop);
  if (dropping.length === 0 || !client) return new Map();
  const flows = await client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: OWNER_MASK });
  const packets = new Map(flows.map((flow) => [flowKey(flow), Number(flow.packets)]));
  return new Map(dropping.map((control) => {
    const counts = [...dropFlows(model, control)].map((key) => packets.get(key) ?? 0);
    return [control.name, counts.reduce((sum, count) => sum + count, 0)];
  }));
}

/** Keys of the flows that drop packets for this TrafficControl. */
function dropFlows(model: Model, { name, directions }: Control): ReadonlySet<string> {
  const ports = [...model.selection.podsOf(name)].flatMap((pod) =>
    model.treatedPod(pod)?.ports ?? []
  );
  const keys = ports.flatMap((port) =>
    directions.flatMap((direction) => {
      const combined = port[direction];
      return combined ? model.datapath.keysOf(treatmentPart(direction, combined), "dropped") : [];
    })
  );
  return new Set(keys);
}
