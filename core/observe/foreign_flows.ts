/**
 * Judges foreign flows, which are the flows of the bridge that Sluice did not write: whether Sluice can write beside
 * them, and whether redirects can work beside them. Pure.
 * @module
 */
import type { Pipeline, PipelineType } from "../contracts/mod.ts";
import type { UsedPipeline } from "../model/flows/used_pipeline.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { type Action, type Flow, flowKey, formatFlow, type Group, PORT } from "../openflow/mod.ts";

/**
 * The reserved ports that stand for many ports: OpenFlow 1.5.1 section 7.2.1.2. `readSwitch` takes its answers in this
 * order.
 */
export const MANY_PORTS = [PORT.ALL, PORT.FLOOD] as const;

/** Whether one of the actions sends to the port. Actions within another action (`clone`, for example) count, too. */
export function sendsTo(actions: readonly Action[], port: number): boolean {
  return actions.some((action) =>
    action.type === "output"
      ? action.port === port
      : "actions" in action && sendsTo(action.actions ?? [], port)
  );
}

/** Whether one of the actions sends to ALL or FLOOD. */
export function sendsToMany(actions: readonly Action[]): boolean {
  return MANY_PORTS.some((port) => sendsTo(actions, port));
}

/**
 * Flows of ovn-controller in table 0 put a packet's logical datapath into `metadata` and its logical input port into
 * `reg14`, and go on in the first table of the logical ingress pipeline: ovn-architecture(7), "Architectural Physical
 * Life Cycle of a Packet".
 */
const OVN = { datapath: "metadata", port: "reg14", ingressPipeline: 8 } as const;

function isOvns({ table, actions }: Flow): boolean {
  const sets = (field: string) =>
    actions.some((action) => action.type === "set_field" && action.field === field);
  return table === 0 && sets(OVN.datapath) && sets(OVN.port) &&
    actions.some((action) => action.type === "resubmit" && action.table === OVN.ingressPipeline);
}

/**
 * Why Sluice can write no flows at all; nothing if it can.
 *
 * @param foreign The foreign flows in table 0 and in the pipeline's tables.
 */
export function whyUnusable(
  foreign: readonly Flow[],
  pipeline: Pipeline & Partial<Pick<UsedPipeline, "type">>,
): Condition | undefined {
  const { type } = pipeline;
  const ovns = type?.deliveryRows ? undefined : foreign.find(isOvns);
  if (!ovns) return markTaken(foreign, type?.marks) ?? foreignInOurPlace(foreign, pipeline);
  const message =
    `The bridge has flows of ovn-controller (${formatFlow(ovns)}), which wipes all that ` +
    "are not its own";
  return condition("UnsupportedBridge", message, "use --pipeline ovn, or name no pipeline");
}

/** Why the pipeline cannot mark packets; nothing if it can. */
function markTaken(foreign: readonly Flow[], marks: PipelineType["marks"]): Condition | undefined {
  const all = marks?.bits.reduce((sum, bit) => sum | bit, 0n) ?? 0n;
  const isTaken = ({ match }: Flow) => {
    const found = match[marks!.field];
    return found !== undefined && ((found.mask ?? -1n) & all) !== 0n;
  };
  const found = marks && foreign.find(isTaken);
  if (!found) return undefined;
  const message = `The bridge's owner (${
    formatFlow(found)
  }) uses a bit of ${marks.field} that Sluice needs`;
  return condition("UnsupportedBridge", message, "tell the project which version of OVN this is");
}

/** A group counts even if no flow uses it, because Open vSwitch does not tell which groups a new flow uses. */
type Sender = Flow | Group;
const nameOf = (sender: Sender) => "buckets" in sender ? `group ${sender.id}` : formatFlow(sender);

/**
 * Why no redirect can work; nothing if redirects can.
 *
 * @param toAll Foreign flows and groups that send to ALL. That port includes ports with the flag NO_FLOOD, so a packet
 * that comes back from a pair would go into the pair again.
 */
export function whyNoRedirects([sender]: readonly Sender[]): Condition | undefined {
  if (!sender) return undefined;
  const message =
    `The bridge's owner sends to ALL ports (${nameOf(sender)}), also into a pair and out of it ` +
    "again, so that a redirect would loop";
  return condition("UnsupportedBridge", message, "let it send to FLOOD or NORMAL");
}

/**
 * Why no redirect can work on a bridge whose ports Sluice cannot take out of flooding; nothing if redirects can.
 *
 * @param toFlood Foreign flows and groups that send to FLOOD.
 */
export function whyNotWhileFlooding([sender]: readonly Sender[]): Condition | undefined {
  if (!sender) return undefined;
  const message =
    `The bridge's owner floods (${
      nameOf(sender)
    }), also into a pair and out of it again, and the ` +
    "bridge does not allow OpenFlow 1.0, by which alone that is stopped";
  return condition("ProtocolMissing", message, "add OpenFlow10 to its protocols");
}

/** A foreign flow in the pipeline's tables, or with the table, match and priority of one of Sluice's flows. */
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
  // In table 0, Sluice's matches and priorities do not depend on --table-base.
  const cure = inOurTables(found)
    ? "choose other tables with --table-base, or remove it"
    : "remove it";
  const message = `Table ${found.table} has a flow of somebody else's (${
    formatFlow(found)
  }) in our place`;
  return condition("TableRangeTaken", message, cure);
}

const keys = new WeakMap<Pipeline, ReadonlySet<string>>();

/**
 * Keys of the flows that the pipeline writes for the bridge itself. Each change of a foreign flow asks for them, and
 * they never change for a pipeline, so they are kept.
 */
function ourKeys(pipeline: Pipeline): ReadonlySet<string> {
  const known = keys.get(pipeline) ?? new Set(pipeline.bridge().map(flowKey));
  keys.set(pipeline, known);
  return known;
}
