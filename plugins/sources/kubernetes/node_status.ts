/** Writes the TrafficControlNodeStatus of this node. Each agent writes one such object, named after its node. @module */
import {
  Backoff,
  type ControlReport,
  delay,
  type NodeReport,
  sentence,
} from "../../../core/api.ts";
import { ApiError, retryAfterOf } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";
import { AUTHOR, StatusAuthor } from "./status_author.ts";
import { fitting } from "./status_size.ts";

export const NODE_STATUSES = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
/** Least number of milliseconds between two writes. */
const SHORTEST_INTERVAL = 2000;
/** Milliseconds after which an unchanged status is written again, because a user may have deleted the object. */
const REFRESH_INTERVAL = 300_000;
/** Milliseconds between attempts. */
const PAUSE = { minimum: 500, maximum: 5000 } as const;
const NOT_FOUND = 404;
/** What server-side apply says of a field that the installed CRD does not have: it refuses the whole object. */
const UNKNOWN_FIELD = "field not declared in schema";
/** Names the owner of the fields: Kubernetes documentation, "Server-Side Apply". */
const APPLY = "fieldManager=sluice-agent&force=true";

function toEntry({ conditions, generation, ...control }: ControlReport): NodeStatusEntry {
  const problems = conditions.filter(({ warning }) => !warning);
  const byReason = Map.groupBy(conditions, ({ reason }) => reason);
  const toText = (condition: ControlReport["conditions"][number]) => ({
    message: sentence(condition),
    ...(condition.cure !== undefined && { cure: condition.cure }),
  });
  const { name, realized, pods, ports } = control;
  return {
    name,
    ...(generation !== undefined && { observedGeneration: generation }),
    realized,
    ...(problems[0] && { reason: problems[0].reason, ...toText(problems[0]) }),
    ...(byReason.size > 0 && {
      conditions: [...byReason].map(([type, [first]]) => ({ type, ...toText(first!) })),
    }),
    pods,
    ports: [...ports],
  };
}

export interface NodeStatusOptions {
  readonly server: ApiServer;
  readonly node: string;
  readonly signal: AbortSignal;
  /** Called with the reason when writing fails, and with `undefined` when it works. */
  readonly onState: (problem: Error | undefined) => void;
  /** Called with the reason when another agent writes the same object, and with `undefined` when none does any more. */
  readonly onAnother: (problem: Error | undefined) => void;
}

/** Writes each report that has changed, at most one in two seconds. */
export async function publishNodeStatus(
  reports: AsyncIterable<NodeReport>,
  options: NodeStatusOptions,
): Promise<void> {
  const { signal } = options;
  const author = new StatusAuthor({ ...options, path: NODE_STATUSES, onState: options.onAnother });
  let [written, writtenAt] = ["", -Infinity];
  let owner: object | undefined;
  for await (const { controls, ...node } of reports) {
    const status = { ...node, ...fitting(controls.map(toEntry)) };
    const text = JSON.stringify(status);
    const isOld = performance.now() - writtenAt > REFRESH_INTERVAL;
    if (!await author.isOverwritten() && text === written && !isOld) continue;
    owner ??= await ownerOf(options);
    await write({ status, owner, author: author.identity }, options);
    author.wrote();
    [written, writtenAt] = [text, performance.now()];
    await delay(SHORTEST_INTERVAL, signal);
  }
}

interface Written {
  readonly status: object;
  /** The Node, as far as it is known. */
  readonly owner: object | undefined;
  /** The agent that writes it. */
  readonly author: string;
}

function toObject(name: string, { status, owner, author }: Written): object {
  return {
    apiVersion: "sluice.dev/v1alpha1",
    kind: "TrafficControlNodeStatus",
    metadata: {
      name,
      annotations: { [AUTHOR]: author },
      ...(owner && { ownerReferences: [owner] }),
    },
    status,
  };
}

/** Tries until the status is written. Changes that happen meanwhile are in the next report. */
async function write(
  { status, ...metadata }: Written,
  { server, node, signal, onState }: NodeStatusOptions,
): Promise<void> {
  const backoff = new Backoff(PAUSE);
  let given = status;
  while (!signal.aborted) {
    try {
      await server.json(`${NODE_STATUSES}/${node}?${APPLY}`, {
        method: "PATCH",
        contentType: "application/apply-patch+yaml",
        signal,
        body: toObject(node, { ...metadata, status: given }),
      });
      return onState(undefined);
    } catch (error) {
      if (signal.aborted) return;
      if (given === status && (error as Error).message.includes(UNKNOWN_FIELD)) {
        given = withoutNewFields(status);
        continue;
      }
      onState(
        error instanceof ApiError && error.status === NOT_FOUND ? notInstalled() : error as Error,
      );
      await delay(Math.max(backoff.next(), retryAfterOf(error)), signal);
    }
  }
}

/** Fields that the CRD of earlier versions does not have. The messages have the cures, too. */
const NEW_FIELDS: readonly string[] = ["cure", "leftOut"];

/** The status as the CRD of an earlier version takes it. */
function withoutNewFields(status: object): object {
  const known = (key: string, value: unknown) => NEW_FIELDS.includes(key) ? undefined : value;
  return JSON.parse(JSON.stringify(status, known));
}

/** Without this CRD, for example beside Antrea's own TrafficControl CRD, all works except that no status is reported. */
function notInstalled(): Error {
  return new Error(
    'Cannot write status: kind "TrafficControlNodeStatus" is not installed: sluice crd | kubectl apply --server-side -f -',
  ); // deno-fmt-ignore
}

/** The Node as owner of the status object, so that Kubernetes deletes the object together with its Node. */
async function ownerOf({ server, node, signal }: NodeStatusOptions): Promise<object | undefined> {
  try {
    const { metadata } = await server.json(`/api/v1/nodes/${node}`, { signal });
    return { apiVersion: "v1", kind: "Node", name: node, uid: metadata.uid };
  } catch {
    return undefined; // There is no such Node, or reading it is not allowed: an administrator must delete the object
  }
}
