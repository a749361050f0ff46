/** Sums up what the agents of all nodes have reported, for `sluice status --cluster`. Pure. @module */
import { type Condition, cureOf, isPlanned } from "../contracts/condition.ts";
import type { ClusterControl, ClusterFacts, NodeFinding, ReportingNode } from "../contracts/mod.ts";

/** What several nodes say in the same words. */
export interface ClusterCondition {
  readonly reason: string;
  readonly message: string;
  readonly cure?: string;
  /** `problem`: something is not done. `warning`: it is done all the same. `planned`: it is as the object says. */
  readonly severity: "problem" | "warning" | "planned";
  /** Names of the nodes, sorted. */
  readonly nodes: readonly string[];
}

export interface ClusterControlState {
  readonly name: string;
  /** `realized/desired`, both by the reports of the nodes. */
  readonly ready: string;
  /** Number of nodes on which it selects a Pod. */
  readonly desiredNodes: number;
  /** Number of those on which the present generation is realized. */
  readonly realizedNodes: number;
  /** Names of the nodes that select a Pod or refuse it, and have not realized the present generation, sorted. */
  readonly notReadyOn: readonly string[];
  /** `yes`, `NoPods`, or the reason in one word. */
  readonly realized: string;
  readonly conditions: readonly ClusterCondition[];
  /** What the object's own status says. */
  readonly verdict?: ClusterControl["verdict"];
}

export interface ClusterNodeState {
  readonly name: string;
  readonly isReady: boolean;
  /** `realized/all`, of the TrafficControls that select a Pod on the node or are refused. */
  readonly ready: string;
  readonly bridge?: string;
  readonly version?: string;
  /** Number of TrafficControls that its report leaves out, as there are too many. */
  readonly leftOut?: number;
}

export interface ClusterState {
  readonly server: string;
  /** Number of nodes that report. */
  readonly reporting: number;
  /** Number of those on which everything is realized. */
  readonly ready: number;
  readonly notReady: number;
  /** Names of the nodes of the cluster that do not report, sorted; absent if the user may not list nodes. */
  readonly silent?: readonly string[];
  readonly trafficControls: readonly ClusterControlState[];
  readonly nodes: readonly ClusterNodeState[];
}

interface Found extends NodeFinding {
  readonly node: string;
}

/** What is said without a word of the object's own agent: the agent of the node has not seen the newest version yet. */
const BEHIND = "Progressing";

const byName = (
  { name: one }: { readonly name: string },
  { name: other }: { readonly name: string },
) => one < other ? -1 : 1;

export function clusterState({ server, controls, nodes, allNodes }: ClusterFacts): ClusterState {
  const found = nodes.flatMap(({ name: node, findings }) =>
    findings.map((finding): Found => ({ ...finding, node }))
  );
  const byControl = Map.groupBy(found, ({ name }) => name);
  const generations = new Map(controls.map(({ name, generation }) => [name, generation]));
  const states = nodes.toSorted(byName).map((node) => nodeState(node, generations));
  const reporting = new Set(nodes.map(({ name }) => name));
  const ready = states.filter(({ isReady }) => isReady).length;
  return {
    server,
    reporting: nodes.length,
    ready,
    notReady: nodes.length - ready,
    ...(allNodes && { silent: allNodes.filter((name) => !reporting.has(name)).sort() }),
    trafficControls: controls.toSorted(byName)
      .map((control) => controlState(control, byControl.get(control.name) ?? [])),
    nodes: states,
  };
}

type Generations = ReadonlyMap<string, number | undefined>;

/** What is realized counts only if it is the present generation. What a report says of deleted objects counts for nothing. */
function nodeState(
  { name, bridge, version, findings, leftOut }: ReportingNode,
  generations: Generations,
): ClusterNodeState {
  const present = findings.filter((finding) => generations.has(finding.name));
  const realized = present.filter((each) => isDone(each, generations.get(each.name))).length;
  return {
    name,
    isReady: realized === present.length && leftOut === 0,
    ready: `${realized}/${present.length + leftOut}`,
    ...(bridge !== undefined && { bridge }),
    ...(version !== undefined && { version }),
    ...(leftOut > 0 && { leftOut }),
  };
}

const isDone = ({ realized, generation }: NodeFinding, wanted: number | undefined) =>
  realized && (wanted === undefined || generation === wanted);

function controlState(control: ClusterControl, findings: readonly Found[]): ClusterControlState {
  const { name, generation, verdict } = control;
  const selecting = findings.filter(({ selects }) => selects);
  const done = selecting.filter((each) => isDone(each, generation));
  const notDone = findings.filter((each) => !isDone(each, generation));
  const why = notDone.find(({ reason }) => reason !== undefined)?.reason ?? BEHIND;
  const isDoneEverywhere = selecting.length === 0 ? "NoPods" : "yes";
  return {
    name,
    ready: `${done.length}/${selecting.length}`,
    desiredNodes: selecting.length,
    realizedNodes: done.length,
    notReadyOn: notDone.map(({ node }) => node).sort(),
    realized: notDone.length > 0 ? why : isDoneEverywhere,
    conditions: conditionsOf(findings),
    ...(verdict && { verdict }),
  };
}

function conditionsOf(findings: readonly Found[]): ClusterCondition[] {
  const said = findings.flatMap(({ node, realized, conditions }) =>
    conditions.map(({ cure, ...condition }) => {
      const known = cure ?? cureOf(condition as Condition);
      const severity = isPlanned(condition) ? "planned" : realized ? "warning" : "problem";
      return { node, ...condition, ...(known !== undefined && { cure: known }), severity } as const;
    })
  );
  const alike = Map.groupBy(said, ({ node: _, ...words }) => JSON.stringify(words));
  return [...alike.values()].map((all) => {
    const { node: _, ...words } = all[0]!;
    return { ...words, nodes: [...new Set(all.map(({ node }) => node))].sort() };
  });
}
