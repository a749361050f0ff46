/** How many packets each TrafficControl dropped, as the switch counted them. @module */
import type { Control } from "../objects/types.ts";
import { treatmentPart } from "../model/flows/datapath.ts";
import type { Model } from "../model/model.ts";
import { flowKey, type OpenFlowClient } from "../openflow/mod.ts";
import { OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/**
 * Asks the switch, if anything drops at all.
 *
 * @returns Packets by the names of the TrafficControls that drop some; those of equal treatments are one number.
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

/** Keys of the flows that drop for it. */
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
