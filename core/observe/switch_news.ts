/** Decides which messages of the switch are a reason to read all its flows again. Pure. @module */
import type { Pipeline } from "../contracts/mod.ts";
import type { AsyncMessage, FlowChanged } from "../openflow/mod.ts";
import { sendsToMany, whyUnusable } from "./foreign_flows.ts";
import { CLASS_MASK, isOurs, OWN_COOKIE } from "../base/marks.ts";

/** What Sluice knows of the bridge at the moment. */
export interface Standing {
  readonly pipeline: Pipeline;
  /** Whether foreign flows or groups hinder Sluice now. If so, each one that goes may be the one that hinders. */
  readonly hindered: boolean;
  /** Whether the flow may change what the owner does with broadcast and multicast to redirected Pods. */
  readonly isOwnersFlooding?: (flow: FlowChanged["flow"]) => boolean;
  /** Whether the flow is in a table in which the owner sends packets to ports of Pods. */
  readonly isDelivery?: (flow: FlowChanged["flow"]) => boolean;
  /** Whether a flow has the table, match and priority of a flow that Sluice wants. */
  readonly isOurPlace: (flow: FlowChanged["flow"]) => boolean;
}

/**
 * Whether Sluice has to read all flows of the switch again because of a message about another controller's change.
 * Sluice's own changes come as a flow update without a flow (OFPFME_ABBREV: OpenFlow 1.5.1 section 7.3.5.18) and are
 * no reason.
 */
export function isReasonToLook(message: AsyncMessage, standing: Standing): boolean {
  if (message.type === "group_changed") {
    return standing.hindered || message.group.buckets.some(({ actions }) => sendsToMany(actions));
  }
  if (message.type !== "flow_update" || !("flow" in message)) return false;
  const { event, flow } = message;
  if (isOurs(flow)) return isChangeOfOurs(message);
  if (standing.isOwnersFlooding?.(flow) || standing.isDelivery?.(flow)) return true;
  const isLess = event === "removed" || event === "modified"; // what the flow did before, it may do no more
  if (isLess && standing.hindered) return true;
  if (event === "removed") return false;
  return whyUnusable([flow], standing.pipeline) !== undefined || sendsToMany(flow.actions) ||
    standing.isOurPlace(flow);
}

/**
 * Whether somebody else has changed a flow of Sluice's. Who adds one may have put back old flows, e.g. ovs-save(8), in the
 * place of newer ones. A learned flow does not count: the switch adds and removes it by itself.
 */
function isChangeOfOurs({ event, flow: { cookie } }: FlowChanged): boolean {
  return event !== "initial" && (cookie & CLASS_MASK) === OWN_COOKIE;
}

/** Whether a flow of another controller has come, has gone, or has changed. */
export function isForeignChange(message: AsyncMessage): boolean {
  return message.type === "flow_update" && "flow" in message && message.event !== "initial" &&
    !isOurs(message.flow);
}
