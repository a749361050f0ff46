/** Reads what all agents have reported, with the rights of the user who asks: for `sluice status --cluster`. @module */
import {
  type ClusterControl,
  type ClusterFacts,
  type ClusterOptions,
  type ClusterReader,
  LIMITS,
  type NodeFinding,
  type ReportingNode,
  SluiceError,
} from "../../../core/api.ts";
import { ApiError } from "./api_errors.ts";
import { ApiServer } from "./api_server.ts";
import { type KubeObject, list } from "./list_watch.ts";
import { NODE_STATUSES } from "./node_status.ts";
import { fromShort, type NodeStatusEntry } from "./node_status_entry.ts";
import { TRAFFIC_CONTROLS } from "./resources.ts";
import { withTexts } from "./status_size.ts";
import { asStatus } from "./summary.ts";

const NODES = "/api/v1/nodes";
const [FORBIDDEN, NOT_FOUND] = [403, 404];

export async function openCluster({ kubeconfig, context }: ClusterOptions): Promise<ClusterReader> {
  const server = await ApiServer.from(kubeconfig, { context });
  return {
    read: (signal) => read(server, signal),
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}

async function read(server: ApiServer, signal: AbortSignal): Promise<ClusterFacts> {
  const [controls, nodes, allNodes] = await Promise.all([
    listed(server, { path: TRAFFIC_CONTROLS, slim: toControl }, signal),
    listed(server, { path: NODE_STATUSES, slim: toNode }, signal),
    nodeNames(server, signal),
  ]);
  return {
    server: server.url,
    controls: controls as ClusterControl[],
    nodes: nodes as ReportingNode[],
    ...(allNodes && { allNodes }),
  };
}

async function listed(
  server: ApiServer,
  resource: Parameters<typeof list>[1],
  signal: AbortSignal,
): Promise<readonly object[]> {
  try {
    return (await list(server, resource, signal)).objects;
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== NOT_FOUND) throw cause;
    throw new SluiceError(
      `Cannot list "${resource.path}": the API server does not know it: run "sluice crd | kubectl apply --server-side -f -"`,
      { cause },
    );
  }
}

/** @returns Nothing if the user may not list them. */
async function nodeNames(
  server: ApiServer,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const slim = ({ metadata: { name } }: KubeObject) => ({ name });
    const { objects } = await list(server, { path: NODES, metadataOnly: true, slim }, signal);
    return (objects as { name: string }[]).map(({ name }) => name);
  } catch (error) {
    if (error instanceof ApiError && error.status === FORBIDDEN) return undefined;
    throw error;
  }
}

function toControl({ metadata: { name, generation }, status }: KubeObject): ClusterControl {
  const verdict = asStatus(status).conditions!.find(({ type }) => type === "Realized");
  return {
    name,
    ...(typeof generation === "number" && { generation }),
    ...(verdict && {
      verdict: {
        isRealized: verdict.status === "True",
        reason: `${verdict.reason}`,
        message: `${verdict.message}`,
      },
    }),
  };
}

const arrayOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
const textOf = (value: unknown) => typeof value === "string" ? value : undefined;

/** The report of a node, which another program may have written: parts of another form are left out. */
export function toNode({ metadata: { name }, status }: KubeObject): ReportingNode {
  const { bridge, version, realizedTrafficControls, trafficControls, leftOut } = Object(status);
  const short = arrayOf(realizedTrafficControls).filter((each) => typeof each === "string")
    .map(fromShort);
  const long = arrayOf(trafficControls).filter((each) => typeof Object(each).name === "string")
    .map((each) => withTexts(each as NodeStatusEntry, LIMITS.statusText));
  const [onBridge, ofVersion] = [textOf(bridge), textOf(version)];
  return {
    name,
    ...(onBridge !== undefined && { bridge: onBridge }),
    ...(ofVersion !== undefined && { version: ofVersion }),
    findings: [...short, ...long].map(toFinding),
    leftOut: Number.isSafeInteger(leftOut) ? leftOut : 0,
  };
}

function toFinding(entry: NodeStatusEntry): NodeFinding {
  const { name, observedGeneration, realized, reason, pods, conditions = [] } = entry;
  return {
    name,
    ...(typeof observedGeneration === "number" && { generation: observedGeneration }),
    realized: realized === true,
    ...(reason !== undefined && { reason }),
    selects: pods > 0,
    conditions: conditions.map(({ type, message = "", cure }) => ({
      reason: type,
      message: withoutCure(message, cure),
      ...(cure !== undefined && { cure }),
    })),
  };
}

/** A report has the cure at the end of the message, too. */
function withoutCure(message: string, cure: string | undefined): string {
  const end = `: ${cure}`;
  return cure !== undefined && message.endsWith(end) ? message.slice(0, -end.length) : message;
}
