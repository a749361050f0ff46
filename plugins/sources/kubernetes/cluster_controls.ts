/** A TrafficControl as its status and the nodes describe it, for `sluice web`. Pure. @module */
import {
  type ClusterCondition,
  type ControlOnNode,
  LIMITS,
  type WatchedControl,
} from "../../../core/api.ts";
import { asStatus, type StatusCondition } from "./summary.ts";

// deno-lint-ignore no-explicit-any -- an object of the API server, of any form
type Raw = any;

const text = (value: unknown) => typeof value === "string" ? value : "";
const number = (value: unknown) => typeof value === "number" ? value : 0;

/** @param nodes What nodes say of it, in any order. */
export function clusterControl(
  { metadata, spec, status }: Raw,
  nodes: readonly ControlOnNode[],
): WatchedControl {
  const { ready, desiredNodes, failedNodes, conditions = [] } = asStatus(status);
  return {
    name: text(metadata.name),
    action: text(spec?.action),
    direction: text(spec?.direction),
    target: targetOf(spec?.targetPort),
    ready: text(ready),
    realized: conditions.some(({ type, status }) => type === "Realized" && status === "True"),
    desiredNodes: number(desiredNodes),
    failedNodes: number(failedNodes),
    conditions: conditions.flatMap((each) => conditionOf(each)),
    nodes: nodes.toSorted(byTold).slice(0, LIMITS.shownNodes),
  };
}

/** Those that are not realized come first, then those that have something to say. */
function byTold(one: ControlOnNode, other: ControlOnNode): number {
  const rank = ({ realized, conditions }: ControlOnNode) =>
    Number(realized) * 2 + Number(conditions.length === 0);
  return rank(one) - rank(other) || (one.node < other.node ? -1 : 1);
}

/** The conditions that say that not all is as it should be; a status says what is well, too. */
function conditionOf({ type, status, reason, message }: StatusCondition): ClusterCondition[] {
  const isWell = type === "Realized" || type === "Accepted" ? status === "True" : status !== "True";
  if (isWell) return [];
  const isProblem = type === "Realized" || type === "Accepted";
  return [{ reason: text(reason), message: text(message), ...(!isProblem && { warning: true }) }];
}

/** The kind of a target, and what names it. */
function targetOf(port: unknown): string {
  const [kind = "", fields] = Object.entries(Object(port))[0] ?? [];
  const { name, remoteIP } = Object(fields);
  return [kind, text(name) || text(remoteIP)].filter((part) => part !== "").join(" ");
}
