/** What the switch tells of others' changes, and which of it is a reason to look at everything again. Pure. @module */
import type { Pipeline } from "../contracts/mod.ts";
import type { AsyncMessage, FlowChanged } from "../openflow/mod.ts";
import { sendsToMany, whyUnusable } from "./foreign_flows.ts";
import { CLASS_MASK, isOurs, OWN_COOKIE } from "../base/marks.ts";

/** What we make of the bridge at the moment. */
export interface Standing {
  readonly pipeline: Pipeline;
  /** Something of others' stands in our way: it may be this that went. */
  readonly hindered: boolean;
  /** Whether a flow has the table, match and priority of one of ours. */
  readonly isOurPlace: (flow: FlowChanged["flow"]) => boolean;
}

/** Something that others have done: our own changes are told briefly. */
export function isReasonToLook(message: AsyncMessage, standing: Standing): boolean {
  if (message.type === "group_changed") {
    return standing.hindered || message.group.buckets.some(({ actions }) => sendsToMany(actions));
  }
  if (message.type !== "flow_update" || !("flow" in message)) return false;
  const { event, flow } = message;
  if (isOurs(flow)) return isOurLoss(message);
  if (event === "removed") return standing.hindered;
  return whyUnusable([flow], standing.pipeline) !== undefined || sendsToMany(flow.actions) ||
    standing.isOurPlace(flow);
}

/** Learned flows come and go by themselves. */
function isOurLoss({ event, flow: { cookie } }: FlowChanged): boolean {
  return (event === "removed" || event === "modified") && (cookie & CLASS_MASK) === OWN_COOKIE;
}
