/** Whether the bridge's flows leave us our place and bear redirects: pure judgement of a dump. @module */
import type { Pipeline } from "./api.ts";
import { type Condition, condition } from "./conditions.ts";
import { type Flow, flowKey, formatFlow } from "./openflow/mod.ts";

/** ovn-controller's first table gives each packet a logical datapath and port: ovn-architecture(7). */
const OVN = { datapath: "metadata", port: "reg14", ingressPipeline: 8 } as const;

function isOvns({ table, actions }: Flow): boolean {
  const sets = (field: string) =>
    actions.some((action) => action.type === "set_field" && action.field === field);
  return table === 0 && sets(OVN.datapath) && sets(OVN.port) &&
    actions.some((action) => action.type === "resubmit" && action.table === OVN.ingressPipeline);
}

/** @param foreign Flows of others in table 0 and in our tables. */
export function whyUnusable(foreign: readonly Flow[], pipeline: Pipeline): Condition | undefined {
  const ovns = foreign.find(isOvns);
  if (!ovns) return foreignInOurPlace(foreign, pipeline);
  const message =
    `The bridge has flows of ovn-controller (${formatFlow(ovns)}), which wipes all that ` +
    "are not its own: name another bridge with --bridge";
  return condition("UnsupportedBridge", message);
}

/** @param toAll Flows that send to all ports: they do not respect NO_FLOOD, so that a pair would loop. */
export function whyNoRedirects([flow]: readonly Flow[]): Condition | undefined {
  if (!flow) return undefined;
  const message =
    `The bridge's owner sends to ALL ports (${formatFlow(flow)}), also into a pair and out ` +
    "of it again: a redirect would loop; let the flow send to FLOOD or NORMAL";
  return condition("UnsupportedBridge", message);
}

function foreignInOurPlace(
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
