/** Reads the status objects of nodes for `sluice web`: what each says of each TrafficControl. Pure. @module */
import {
  type ClusterCondition,
  type ClusterNode,
  type ControlOnNode,
  LIMITS,
} from "../../../core/api.ts";
import type { KubeObject } from "./list_watch.ts";
import { fromShort, type NodeStatusEntry } from "./node_status_entry.ts";
import { withTexts } from "./status_size.ts";

/** What a node reports. */
export interface NodeReading {
  readonly node: ClusterNode;
  /** By name of the TrafficControl. */
  readonly controls: ReadonlyMap<string, ControlOnNode>;
}

const arrayOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
const textOf = (value: unknown) => typeof value === "string" ? value : "";
const isEntry = (value: unknown): value is NodeStatusEntry =>
  typeof Object(value).name === "string";

/** @param object Another agent wrote it: it may have any form. */
export function readNode({ metadata: { name }, status }: KubeObject): NodeReading {
  const { realizedTrafficControls, trafficControls, bridge, version } = Object(status);
  const short = arrayOf(realizedTrafficControls).filter((text) => typeof text === "string")
    .map((text) => fromShort(text));
  const entries = [
    ...short,
    ...arrayOf(trafficControls).filter(isEntry).map((each) => withTexts(each, LIMITS.statusText)),
  ];
  const onNode = entries.map((entry) => [entry.name, controlOn(name, entry)] as const);
  const controls = new Map(onNode);
  const all = [...controls.values()];
  const realized = all.filter((each) => each.realized).length;
  const failed = all.filter((each) => !each.realized && each.conditions.length > 0).length;
  return {
    node: { name, bridge: textOf(bridge), version: textOf(version), realized, failed },
    controls,
  };
}

function controlOn(node: string, entry: NodeStatusEntry): ControlOnNode {
  const { realized, reason, conditions = [] } = entry;
  const told = conditions.map(({ type, ...texts }) => ({ ...texts, type }));
  const isTold = reason === undefined || told.some(({ type }) => type === reason);
  const all = isTold ? told : [{ type: reason, message: textOf(entry.message) }, ...told];
  return {
    node,
    realized: realized === true,
    conditions: all.map((each) => conditionOf(each, { realized, reason })),
  };
}

/** The message has the cure, too: an agent of an earlier version says no more than that. */
function conditionOf(
  { type, message, cure }: {
    readonly type: string;
    readonly message: string;
    readonly cure?: string;
  },
  { realized, reason }: { readonly realized: boolean; readonly reason: string | undefined },
): ClusterCondition {
  const isWarning = realized || reason === undefined;
  return {
    reason: type,
    message: cure === undefined ? message : withoutCure(message, cure),
    ...(cure !== undefined && { cure }),
    ...(isWarning && { warning: true }),
  };
}

function withoutCure(message: string, cure: string): string {
  const end = message.lastIndexOf(cure);
  return end > 0 && end + cure.length === message.length
    ? message.slice(0, end).replace(/[\s:;,-]+$/, "")
    : message;
}
