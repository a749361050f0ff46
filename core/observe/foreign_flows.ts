/** Whether the bridge's flows leave us our place and bear redirects: pure judgement of a dump. @module */
import type { Pipeline } from "../contracts/mod.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { type Action, type Flow, flowKey, formatFlow, type Group, PORT } from "../openflow/mod.ts";

/** Reserved ports that stand for many: in the order in which `readSwitch` asks for them. */
export const MANY_PORTS = [PORT.ALL, PORT.FLOOD] as const;

/** Whether these actions send to the port, those inside of others too. */
export function sendsTo(actions: readonly Action[], port: number): boolean {
  return actions.some((action) =>
    action.type === "output"
      ? action.port === port
      : "actions" in action && sendsTo(action.actions ?? [], port)
  );
}

export function sendsToMany(actions: readonly Action[]): boolean {
  return MANY_PORTS.some((port) => sendsTo(actions, port));
}

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
    "are not its own";
  return condition("UnsupportedBridge", message, "name another bridge with --bridge");
}

/** A group counts whether a flow uses it or not: nobody would tell when one does. */
type Sender = Flow | Group;
const nameOf = (sender: Sender) => "buckets" in sender ? `group ${sender.id}` : formatFlow(sender);

/** @param toAll What sends to all ports: it does not respect NO_FLOOD, so that a pair would loop. */
export function whyNoRedirects([sender]: readonly Sender[]): Condition | undefined {
  if (!sender) return undefined;
  const message =
    `The bridge's owner sends to ALL ports (${nameOf(sender)}), also into a pair and out of it ` +
    "again, so that a redirect would loop";
  return condition("UnsupportedBridge", message, "let it send to FLOOD or NORMAL");
}

/** @param toFlood What floods, where nobody can take a port out of that. */
export function whyNotWhileFlooding([sender]: readonly Sender[]): Condition | undefined {
  if (!sender) return undefined;
  const message =
    `The bridge's owner floods (${
      nameOf(sender)
    }), also into a pair and out of it again, and the ` +
    "bridge does not allow OpenFlow 1.0, by which alone that is stopped";
  return condition("ProtocolMissing", message, "add OpenFlow10 to its protocols");
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
  // In the bridge's own table our place is the same whatever the base of ours is.
  const cure = inOurTables(found)
    ? "choose other tables with --table-base, or remove it"
    : "remove it";
  const message = `Table ${found.table} has a flow of somebody else's (${
    formatFlow(found)
  }) in our place`;
  return condition("TableRangeTaken", message, cure);
}

const keys = new WeakMap<Pipeline, ReadonlySet<string>>();

/** They are the same as long as the agent runs, and asked for at each change of a foreign flow. */
function ourKeys(pipeline: Pipeline): ReadonlySet<string> {
  const known = keys.get(pipeline) ?? new Set(pipeline.bridge().map(flowKey));
  keys.set(pipeline, known);
  return known;
}
