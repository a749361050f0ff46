/** Computes the status of a TrafficControl from the reports of all nodes. Pure. @module */
import { LIMITS } from "../../../core/api.ts";
import type { Finding } from "./cluster_reports.ts";
import { type Failure, failuresOf, someNodes } from "./failures.ts";
import type { PortTexts } from "./target_text.ts";

/** A Condition of meta/v1. */
export interface StatusCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export interface ControlStatus extends PortTexts {
  readonly observedGeneration?: number;
  /** Number of nodes that have a selected Pod. */
  readonly desiredNodes: number;
  readonly realizedNodes: number;
  readonly failedNodes: number;
  /** `realized/desired`. */
  readonly ready: string;
  readonly conditions: readonly StatusCondition[];
  /** Why it is not realized on nodes; absent if it does not fail. */
  readonly failures?: readonly Failure[];
}

/** A TrafficControl of the API server, as far as its status needs it. */
export interface KnownControl {
  readonly name: string;
  readonly uid: string;
  readonly generation?: number;
  readonly status?: Partial<ControlStatus>;
  /** Its ports in words. */
  readonly ports?: PortTexts;
}

/** Reasons that mean that the object itself is not valid. */
const NOT_ACCEPTED: ReadonlySet<string> = new Set(["Invalid", "PluginFailed"]);

/** The part of a status that has the form above: another client may have written it. */
export function asStatus(raw: unknown): Partial<ControlStatus> {
  const status = Object(raw) as Partial<ControlStatus>;
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  return { ...status, conditions: conditions.filter((each) => typeof each?.type === "string") };
}

type Verdict = Pick<StatusCondition, "type" | "status" | "reason" | "message">;

const countOf = (findings: readonly Finding[]) =>
  findings.reduce((sum, { count }) => sum + count, 0);

/**
 * @param findings What the nodes report on the TrafficControl, in any order.
 * @param settled Whether every node has had the time to report on this generation. Before, it cannot count as realized.
 * @param now The present time, by RFC 3339.
 * @param silent Nodes whose reports leave out TrafficControls, this one too.
 */
export function summarize(
  control: KnownControl,
  findings: readonly Finding[],
  { settled, now, silent = [] }: {
    readonly settled: boolean;
    readonly now: string;
    readonly silent?: readonly string[];
  },
): ControlStatus {
  const { generation } = control;
  const selecting = findings.filter(({ selects }) => selects);
  const desired = countOf(selecting);
  const realized = countOf(
    selecting.filter((finding) => finding.realized && finding.observedGeneration === generation),
  ); // deno-fmt-ignore
  const failed = findings.filter((finding) => !finding.realized && finding.reason !== undefined);
  const verdicts = [
    withSilent(realizedVerdict({ desired, realized, failed, settled }), silent),
    ...refusalVerdicts(findings),
  ];
  const failures = failuresOf(findings);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...control.ports,
    desiredNodes: desired,
    realizedNodes: realized,
    failedNodes: countOf(failed),
    ready: `${realized}/${desired}`,
    conditions: verdicts.map((verdict) => dated(verdict, control, now)),
    ...(failures.length > 0 && { failures }),
  };
}

function dated(
  verdict: Verdict,
  { generation, status }: KnownControl,
  now: string,
): StatusCondition {
  const before = status?.conditions?.find(({ type }) => type === verdict.type);
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : now;
  return {
    ...verdict,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime,
  };
}

function realizedVerdict({ desired, realized, failed, settled }: {
  readonly desired: number;
  readonly realized: number;
  readonly failed: readonly Finding[];
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
    const said = byNode(failed, ({ reason, message }) => [{ reason: reason!, message: message! }]);
    return verdict("False", said[0]!.reason, messageOf(said));
  }
  if (realized < desired || !settled) {
    return verdict("False", "Progressing", `${realized} of ${desired} nodes so far`);
  }
  if (desired === 0) return verdict("True", "NoPods", "No Pod is selected");
  return verdict("True", "AllNodes", `On all ${desired} nodes with selected Pods`);
}

/** Full reports leave out first what is realized, so the verdict is the best guess; but it is not known. */
function withSilent(verdict: Verdict, silent: readonly string[]): Verdict {
  if (silent.length === 0) return verdict;
  const reports = silent.length === 1 ? "report is" : "reports are";
  const unknown = `not known of ${someNodes(silent)}, whose ${reports} full`;
  return { ...verdict, message: `${verdict.message}; ${unknown}` };
}

/** Verdicts from the nodes' conditions: Accepted and Superseded always, others while they hold. */
function refusalVerdicts(findings: readonly Finding[]): Verdict[] {
  const said = byNode(findings, ({ conditions = [] }) => conditions);
  const byType = Map.groupBy(said, ({ type }) => type);
  const refused = [...byType.keys()].find((type) => NOT_ACCEPTED.has(type));
  const holds = [...byType].filter(([type]) => !NOT_ACCEPTED.has(type) && type !== "Superseded")
    .sort(([a], [b]) => a < b ? -1 : 1).slice(0, LIMITS.statusConditions);
  const message = (type: string) => messageOf(byType.get(type)!);
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

/** What each node says, sorted by the nodes: the order of arrival must not matter. */
function byNode<T extends object>(
  findings: readonly Finding[],
  saidIn: (finding: Finding) => readonly T[],
): (T & { readonly node: string })[] {
  return findings.flatMap((finding) => {
    const said = saidIn(finding);
    return said.length === 0
      ? []
      : [...finding.nodes].flatMap((node) => said.map((each) => ({ ...each, node })));
  }).sort((a, b) => a.node < b.node ? -1 : 1);
}

/**
 * One message for several nodes, as in `node1: text; node2: text; node3: text; and 5 more nodes`.
 *
 * @param said Is sorted by nodes.
 */
function messageOf(
  said: readonly { readonly node: string; readonly message: string }[],
): string {
  const named = [...new Map(said.map(({ node, message }) => [node, message]))];
  const shown = named.slice(0, LIMITS.namedNodes).map(([node, text]) => `${node}: ${text}`);
  const more = named.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more nodes`] : [])].join("; ");
}

/** Another client may have written any form. */
function failuresIn(status: Partial<ControlStatus> | undefined): Partial<Failure>[] {
  const { failures } = status ?? {};
  return Array.isArray(failures) ? failures.map((each) => Object(each)) : [];
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
      status?.target,
      status?.return,
      failuresIn(status).map(({ nodes, reason, message, cure }) => [nodes, reason, message, cure]),
      status?.conditions?.map((
        { type, status, reason, message },
      ) => [type, status, reason, message]),
    ]);
  return content(one) === content(other);
}
