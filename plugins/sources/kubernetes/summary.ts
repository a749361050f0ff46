/** Computes the status of a TrafficControl from the reports of all nodes. Pure. @module */
import { LIMITS } from "../../../core/api.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";

/** A Condition of meta/v1. */
export interface StatusCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export interface ControlStatus {
  readonly observedGeneration?: number;
  /** Number of nodes that have a selected Pod. */
  readonly desiredNodes: number;
  readonly realizedNodes: number;
  readonly failedNodes: number;
  /** `realized/desired`. */
  readonly ready: string;
  readonly conditions: readonly StatusCondition[];
}

/** A TrafficControl of the API server, as far as its status needs it. */
export interface KnownControl {
  readonly name: string;
  readonly uid: string;
  readonly generation?: number;
  readonly status?: Partial<ControlStatus>;
}

/** What one node reports on one TrafficControl. */
export type NodeEntry = NodeStatusEntry & { readonly node: string };

/** Reasons that mean that the object itself is not valid. */
const NOT_ACCEPTED: ReadonlySet<string> = new Set(["Invalid", "PluginFailed"]);

type Verdict = Pick<StatusCondition, "type" | "status" | "reason" | "message">;

/**
 * @param settled Whether every node has had the time to report on this generation. Before, it cannot count as realized.
 * @param now The present time, by RFC 3339.
 * @param silent Nodes whose reports leave out TrafficControls, this one too.
 */
export function summarize(
  control: KnownControl,
  given: readonly NodeEntry[],
  { settled, now, silent = [] }: {
    readonly settled: boolean;
    readonly now: string;
    readonly silent?: readonly string[];
  },
): ControlStatus {
  const { generation } = control;
  const entries = given.toSorted((a, b) => a.node < b.node ? -1 : 1); // The order of arrival must not matter
  const desired = entries.filter(({ pods }) => pods > 0);
  const isCurrent = ({ observedGeneration }: NodeEntry) => observedGeneration === generation;
  const realized = desired.filter((entry) => entry.realized && isCurrent(entry));
  const failed = entries.filter((entry) => !entry.realized && entry.reason !== undefined);
  const verdicts = [
    withSilent(realizedVerdict({ desired, realized, failed, settled }), silent),
    ...refusalVerdicts(entries),
  ];
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    desiredNodes: desired.length,
    realizedNodes: realized.length,
    failedNodes: failed.length,
    ready: `${realized.length}/${desired.length}`,
    conditions: verdicts.map((verdict) => {
      const before = control.status?.conditions?.find(({ type }) => type === verdict.type);
      const lastTransitionTime = before?.status === verdict.status
        ? before.lastTransitionTime
        : now;
      return {
        ...verdict,
        ...(generation !== undefined && { observedGeneration: generation }),
        lastTransitionTime,
      };
    }),
  };
}

function realizedVerdict({ desired, realized, failed, settled }: {
  readonly desired: readonly NodeEntry[];
  readonly realized: readonly NodeEntry[];
  readonly failed: readonly NodeEntry[];
  readonly settled: boolean;
}): Verdict {
  const verdict = (
    status: StatusCondition["status"],
    reason: string,
    message: string,
  ): Verdict => ({
    type: "Realized",
    status,
    reason,
    message,
  });
  if (failed.length > 0) {
    const [{ reason }] = failed as [NodeEntry];
    return verdict("False", reason!, messageOf(failed, ({ message }) => message!));
  }
  if (realized.length < desired.length || !settled) {
    return verdict("False", "Progressing", `${realized.length} of ${desired.length} nodes so far`);
  }
  if (desired.length === 0) return verdict("True", "NoPods", "No Pod is selected");
  return verdict("True", "AllNodes", `On all ${desired.length} nodes with selected Pods`);
}

/** Full reports leave out first what is realized, so the verdict is the best guess; but it is not known. */
function withSilent(verdict: Verdict, silent: readonly string[]): Verdict {
  if (silent.length === 0) return verdict;
  const shown = silent.toSorted().slice(0, LIMITS.namedNodes);
  const more = silent.length > shown.length ? ` and ${silent.length - shown.length} more` : "";
  const reports = silent.length === 1 ? "report is" : "reports are";
  const unknown = `not known of ${shown.join(", ")}${more}, whose ${reports} full`;
  return { ...verdict, message: `${verdict.message}; ${unknown}` };
}

/** Verdicts from the nodes' conditions: Accepted and Superseded always, others while they hold. */
function refusalVerdicts(entries: readonly NodeEntry[]): Verdict[] {
  const said = entries.flatMap(({ node, conditions = [] }) =>
    conditions.map((condition) => ({ node, ...condition }))
  );
  const byType = Map.groupBy(said, ({ type }) => type);
  const refused = [...byType.keys()].find((type) => NOT_ACCEPTED.has(type));
  const holds = [...byType].filter(([type]) => !NOT_ACCEPTED.has(type) && type !== "Superseded")
    .sort(([a], [b]) => a < b ? -1 : 1).slice(0, LIMITS.statusConditions);
  const message = (type: string) => messageOf(byType.get(type)!, (each) => each.message);
  return [
    refused
      ? { type: "Accepted", status: "False", reason: refused, message: message(refused) }
      : { type: "Accepted", status: "True", reason: "Valid", message: "It says what to do" },
    byType.has("Superseded")
      ? {
        type: "Superseded",
        status: "True",
        reason: "OlderRedirect",
        message: message("Superseded"),
      }
      : { type: "Superseded", status: "False", reason: "Oldest", message: "No other has its Pods" },
    ...holds.map(([type]): Verdict => ({
      type,
      status: "True",
      reason: type,
      message: message(type),
    })),
  ];
}

/** One message for several nodes, as in `node1: text; node2: text; node3: text; and 5 more nodes`. */
function messageOf<T extends { readonly node: string }>(
  entries: readonly T[],
  textOf: (entry: T) => string,
): string {
  const byNode = new Map(entries.map((entry) => [entry.node, textOf(entry)]));
  const named = [...byNode].sort(([a], [b]) => a < b ? -1 : 1);
  const shown = named.slice(0, LIMITS.namedNodes).map(([node, text]) => `${node}: ${text}`);
  const more = named.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more nodes`] : [])].join("; ");
}

/** Whether two statuses say the same. Times of transitions do not matter. */
export function isSameStatus(
  one: Partial<ControlStatus> | undefined,
  other: ControlStatus,
): boolean {
  const content = (status: Partial<ControlStatus> | undefined) =>
    JSON.stringify([
      status?.observedGeneration,
      status?.desiredNodes,
      status?.realizedNodes,
      status?.failedNodes,
      status?.ready,
      status?.conditions?.map((
        { type, status, reason, message },
      ) => [type, status, reason, message]),
    ]);
  return content(one) === content(other);
}
