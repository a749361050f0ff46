/** Whether the place where our flows go is free: pure judgement of a dump. @module */
import type { Pipeline } from "./api.ts";
import { type Condition, condition } from "./conditions.ts";
import { type Flow, flowKey, formatFlow } from "./openflow/mod.ts";

/** @param foreign Flows of others in table 0 and in our tables. */
export function foreignInOurPlace(
  foreign: readonly Flow[],
  { tables, bridge }: Pipeline,
): Condition | undefined {
  const ours = new Set(bridge().map(flowKey));
  const inOurTables = (flow: Flow) =>
    flow.table >= tables.first && flow.table < tables.first + tables.count;
  const found = foreign.find((flow) => inOurTables(flow) || ours.has(flowKey(flow)));
  if (!found) return undefined;
  const message = `Table ${found.table} has a flow of somebody else's (${formatFlow(found)}): ` +
    "choose other tables with --table-base, or remove it";
  return condition("TableRangeTaken", message);
}
