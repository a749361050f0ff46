/** Writes the flows that differ from what the model wants, in one atomic bundle. @module */
import type { Log } from "../base/log.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";
import { FORGET_ALL_LEARNED } from "./learned_flows.ts";

/** Number of flows that were written, by command. */
export type FlowCounts = Readonly<Record<FlowChange["command"], number>>;

export const NO_FLOWS: FlowCounts = { add: 0, modify: 0, delete: 0 };

/** A strict command concerns only the flow with exactly this table, match and priority: OpenFlow 1.5.1 section 6.4. */
const COMMANDS = { add: "add", modify: "modify_strict", delete: "delete_strict" } as const;

function toBundleMessage({ command, flow }: FlowChange) {
  return { type: "flow_mod", command: COMMANDS[command], flow } as const;
}

/**
 * Makes these changes of the switch's flows.
 *
 * @throws If the switch refuses the bundle, which then has changed nothing, or the connection ends.
 */
export async function writeFlows(
  client: OpenFlowClient,
  changes: readonly FlowChange[],
  { model, log }: { readonly model: Model; readonly log: Log },
): Promise<FlowCounts> {
  const learned = model.flows.learnedIsStale ? [FORGET_ALL_LEARNED] : [];
  await client.bundle([...changes.map(toBundleMessage), ...learned]);
  model.flows.applied(changes, { forgotLearned: learned.length > 0 });
  const counts = countByCommand(changes);
  log.info("Flows changed", {
    added: counts.add,
    modified: counts.modify,
    deleted: counts.delete,
    total: model.flows.size,
  });
  return counts;
}

function countByCommand(changes: readonly FlowChange[]): FlowCounts {
  const counts = { ...NO_FLOWS } as Record<FlowChange["command"], number>;
  for (const { command } of changes) counts[command]++;
  return counts;
}
