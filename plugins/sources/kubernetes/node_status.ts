/** Writes the TrafficControlNodeStatus of this node. Each agent writes one such object, named after its node. @module */
import { Backoff, Bell, delay, type NodeReport, type NodeReports } from "../../../core/api.ts";
import { ApiError, retryAfterOf } from "./api_errors.ts";
import { type ApiServer, METADATA_ONLY } from "./api_server.ts";
import { NodeCounts } from "./node_counts.ts";
import { toEntry } from "./node_status_entry.ts";
import { AUTHOR, OwnStatus } from "./own_status.ts";
import type { Pace } from "./pace.ts";
import { fitting } from "./status_size.ts";

export const NODE_STATUSES = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
/** Milliseconds between attempts. */
const PAUSE = { minimum: 500, maximum: 5000 } as const;
/** Milliseconds until counts are asked for again, if they could not be read when they should. */
const LOOK_FOR_COUNTS = 60_000;
const NOT_FOUND = 404;
/** What server-side apply says of a field that the installed CRD does not have: it refuses the whole object. */
const UNKNOWN_FIELD = "field not declared in schema";
/** Names the owner of the fields: Kubernetes documentation, "Server-Side Apply". */
const APPLY = "fieldManager=sluice-agent&force=true";

export interface NodeStatusOptions {
  readonly server: ApiServer;
  readonly node: string;
  readonly pace: Pace;
  /** Rings when another agent than before reads the status. */
  readonly bell: Bell;
  /** Milliseconds: see `ListWatchOptions`. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** Called with the reason when writing fails, and with `undefined` when it works. */
  readonly onState: (problem: Error | undefined) => void;
  /** Called with the reason when another agent writes the same object, and with `undefined` when none does any more. */
  readonly onAnother: (problem: Error | undefined) => void;
  /** Called with the reason when the object cannot be watched, and with `undefined` when it can. */
  readonly onWatch: (problem: Error | undefined) => void;
}

/** Writes the report when it has changed, or when another program has changed the object, at the pace of the cluster. */
export async function publishNodeStatus(
  reports: NodeReports,
  options: NodeStatusOptions,
): Promise<void> {
  const { signal, pace, bell, onAnother: onState } = options;
  const onOverwritten = () => bell.ring();
  const own = new OwnStatus({ ...options, path: NODE_STATUSES, onState, onOverwritten });
  const counts = new NodeCounts({ reports, pace });
  const passing = Promise.all([passOn(reports, options), ringForCounts(counts, options)]);
  let [written, writtenAt] = ["", -Infinity];
  let owner: object | undefined;
  while (!signal.aborted) {
    await bell.heard(signal);
    const now = performance.now();
    await delay(Math.max(pace.phase(), writtenAt + pace.pause - now), signal);
    const report = signal.aborted ? undefined : reports.read();
    if (!report) {
      own.leave();
      continue;
    }
    const status = toStatus(report, pace.isLeaderOld);
    const text = JSON.stringify(status);
    const hasChanged = text !== written || own.isOverwritten;
    if (!hasChanged && counts.wait > 0) continue;
    const { isNews, ...counted } = await counts.read(text);
    if (!hasChanged && !isNews) continue;
    if (own.isOverwritten) owner = undefined; // It may have been deleted together with its Node
    own.tellAnother();
    owner ??= await ownerOf(options);
    const older = [() => status, () => withoutNewFields(toStatus(report, true))];
    const whole = { ...status, ...counted };
    const version = await write({ status: whole, older, owner, author: own.identity }, options);
    if (version !== undefined) own.wrote(version);
    counts.wrote(counted);
    [written, writtenAt] = [text, performance.now()];
  }
  await passing;
}

async function passOn(reports: NodeReports, { signal, bell }: NodeStatusOptions): Promise<void> {
  for (; !signal.aborted; bell.ring()) await reports.changed(signal);
}

/** Rings when counts may have to be written, although nothing else has changed. */
async function ringForCounts(
  counts: NodeCounts,
  { signal, bell }: NodeStatusOptions,
): Promise<void> {
  while (!signal.aborted) {
    await delay(counts.wait > 0 ? counts.wait : LOOK_FOR_COUNTS, signal);
    if (counts.wait <= 0) bell.ring();
  }
}

/** @param isEach Whether each TrafficControl has an entry: see `fitting`. */
function toStatus({ controls, ...node }: NodeReport, isEach: boolean): object {
  return { ...node, ...fitting(controls.map(toEntry), isEach) };
}

interface Written {
  readonly status: object;
  /** The status as the CRDs of earlier versions take it, the newest of them first. */
  readonly older: readonly (() => object)[];
  /** The Node, as far as it is known. */
  readonly owner: object | undefined;
  /** The agent that writes it. */
  readonly author: string;
}

function toObject(name: string, { status, owner, author }: Omit<Written, "older">): object {
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

/**
 * Tries until the status is written. Changes that happen meanwhile are in the next report.
 *
 * @returns The resourceVersion of the object; `undefined` if the signal has aborted.
 */
async function write(
  { status, older, ...metadata }: Written,
  { server, node, signal, onState }: NodeStatusOptions,
): Promise<string | undefined> {
  const backoff = new Backoff(PAUSE);
  const untried = [...older];
  let given = status;
  while (!signal.aborted) {
    try {
      const answer = await server.json(`${NODE_STATUSES}/${node}?${APPLY}`, {
        method: "PATCH",
        contentType: "application/apply-patch+yaml",
        accept: METADATA_ONLY,
        signal,
        body: toObject(node, { ...metadata, status: given }),
      });
      onState(undefined);
      return `${answer.metadata?.resourceVersion}`;
    } catch (error) {
      if (signal.aborted) return undefined;
      const next = (error as Error).message.includes(UNKNOWN_FIELD) ? untried.shift() : undefined;
      if (next) {
        given = next();
        continue;
      }
      onState(
        error instanceof ApiError && error.status === NOT_FOUND ? notInstalled() : error as Error,
      );
      await delay(Math.max(backoff.next(), retryAfterOf(error)), signal);
    }
  }
  return undefined;
}

/** Fields that the CRD of earlier versions does not have. The messages have the cures, too. */
const NEW_FIELDS: readonly string[] = ["cure", "leftOut", "ready", "realizedTrafficControls"];

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
