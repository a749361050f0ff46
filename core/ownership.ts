/** Whether the bridge's flows leave us our place and bear redirects: pure judgement of a dump. @module */
import type { Pipeline } from "./contracts/mod.ts";
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
    `The bridge's owner sends to ALL ports (${formatFlow(flow)}), also into a pair and out of it ` +
    "again: a redirect would loop; let the flow send to FLOOD or NORMAL";
  return condition("UnsupportedBridge", message);
}

/** @param toFlood Flows that flood, where nobody can take a port out of that. */
export function whyNotWhileFlooding([flow]: readonly Flow[]): Condition | undefined {
  if (!flow) return undefined;
  const message =
    `The bridge's owner floods (${
      formatFlow(flow)
    }), also into a pair and out of it again, and the ` +
    "bridge does not allow OpenFlow 1.0, by which alone that is stopped: add OpenFlow10 to its protocols";
  return condition("ProtocolMissing", message);
}

function foreignInOurPlace(
  foreign: readonly Flow[],
  pipeline: Pipeline,
): Condition | undefined {
  const { tables } = pipeline;
  const ours = ourKeys(pipeline);
  const inOurTables = (flow: Flow) =>
    flow.table >= tables.first && flow.table < tables.first + tables.count;
  const found = foreign.find((flow) => inOurTables(flow) || ours.has(flowKey(flow)));
  if (!found) return undefined;
  const message = `Table ${found.table} has a flow of somebody else's (${formatFlow(found)}): ` +
    "choose other tables with --table-base, or remove it";
  return condition("TableRangeTaken", message);
}

const keys = new WeakMap<Pipeline, ReadonlySet<string>>();

/** They are the same as long as the agent runs, and asked for at each change of a foreign flow. */
function ourKeys(pipeline: Pipeline): ReadonlySet<string> {
  const known = keys.get(pipeline) ?? new Set(pipeline.bridge().map(flowKey));
  keys.set(pipeline, known);
  return known;
}
