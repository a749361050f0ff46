/** Writes the flows that differ from what the model wants, in one atomic bundle. @module */
import type { Log } from "../base/log.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import type { Model } from "../model/model.ts";
import type { MeterChange, Meters } from "../model/flows/meters.ts";
import { BundleError, formatFlow, type OpenFlowClient, OpenFlowError } from "../openflow/mod.ts";
import { FORGET_ALL_LEARNED } from "./learned_flows.ts";
import type { RoundWatch } from "./round_watch.ts";

/** Number of flows that were written, by command. */
export type FlowCounts = Readonly<Record<FlowChange["command"], number>>;

export const NO_FLOWS: FlowCounts = { add: 0, modify: 0, delete: 0 };

/** A strict command concerns only the flow with exactly this table, match and priority: OpenFlow 1.5.1 section 6.4. */
const COMMANDS = { add: "add", modify: "modify_strict", delete: "delete_strict" } as const;

function toBundleMessage({ command, flow }: FlowChange) {
  return { type: "flow_mod", command: COMMANDS[command], flow } as const;
}

interface WriteOptions {
  readonly model: Model;
  readonly log: Log;
  /** It is told when the switch has taken some of the changes. */
  readonly watch?: RoundWatch;
}

/**
 * Makes these changes of the switch's flows, and those of meters that belong to them.
 *
 * @throws If the switch refuses the bundle, which then has changed nothing, or the connection ends.
 */
export async function writeFlows(
  client: OpenFlowClient,
  changes: readonly FlowChange[],
  { model, log, watch }: WriteOptions,
): Promise<FlowCounts> {
  const { meters } = model.datapath;
  for (const change of meters.missing()) await changeMeter(client, change, { meters, changes });
  const learned = model.flows.learnedIsStale ? [FORGET_ALL_LEARNED] : [];
  await client.bundle([...changes.map(toBundleMessage), ...learned], () => watch?.progress());
  model.flows.applied(changes, { forgotLearned: learned.length > 0 });
  for (const change of meters.leftovers()) await changeMeter(client, change, { meters, changes });
  if (changes.length === 0) return NO_FLOWS;
  const counts = countByCommand(changes);
  log.info("Flows changed", {
    added: counts.add,
    modified: counts.modify,
    deleted: counts.delete,
    total: model.flows.size,
  });
  return counts;
}

/** @throws {BundleError} If the switch refuses it: the error names the first flow that needs the meter. */
async function changeMeter(
  client: OpenFlowClient,
  change: MeterChange,
  { meters, changes }: { readonly meters: Meters; readonly changes: readonly FlowChange[] },
): Promise<void> {
  const [command, meter] = change;
  try {
    await client.changeMeter(command, meter);
  } catch (error) {
    if (!(error instanceof OpenFlowError)) throw error;
    const index = changes.findIndex(({ flow: { actions } }) =>
      actions.some((action) => action.type === "meter" && action.meter === meter.id)
    );
    if (index < 0) throw error;
    throw new BundleError(error.errorName, { index, text: formatFlow(changes[index]!.flow) });
  }
  meters.applied(change);
}

function countByCommand(changes: readonly FlowChange[]): FlowCounts {
  const counts = { ...NO_FLOWS } as Record<FlowChange["command"], number>;
  for (const { command } of changes) counts[command]++;
  return counts;
}
