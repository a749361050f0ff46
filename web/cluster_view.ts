/** The tables of a cluster: TrafficControls with the nodes that have realized them, and nodes. @module */
import { state } from "./cells.ts";
import type { AnyTab } from "./node_view.ts";
import type { Problem } from "./problems.ts";
import type { Store } from "./store.ts";
import type { Column } from "./table.ts";
import type { ClusterNode, WatchedControl } from "./types.ts";
import { count, type Level, levelOf, LEVELS } from "./words.ts";

/** How a TrafficControl is on all nodes together. */
export function clusterStateOf(
  { conditions, realized, desiredNodes }: WatchedControl,
): { readonly level: Level; readonly word: string } {
  const levels = conditions.map(levelOf);
  const level = LEVELS.find((each) => levels.includes(each)) ?? "ok";
  if (level !== "ok") return { level, word: conditions[0]!.reason };
  if (!realized) return { level: "planned", word: "not yet" };
  return desiredNodes === 0 ? { level: "idle", word: "NoPods" } : { level: "ok", word: "yes" };
}

/** The nodes that have a problem with it. */
export const troubled = ({ nodes }: WatchedControl) =>
  nodes.filter(({ realized, conditions }) => !realized && conditions.length > 0);

const MOST_NAMED = 3;

function troubledNames(control: WatchedControl): string {
  const names = troubled(control).map(({ node }) => node);
  const more = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).join(", ");
  return more > 0 ? `${named} and ${more} more` : named || "–";
}

const CONTROL_COLUMNS: readonly Column<WatchedControl>[] = [
  { head: "Name", kind: "wide name", cell: ({ name }) => name },
  {
    head: "Realized",
    kind: "word",
    cell: (control) => {
      const { level, word } = clusterStateOf(control);
      return state(level, word);
    },
  },
  { head: "Ready", kind: "number", cell: ({ ready }) => ready || "–" },
  { head: "Action", kind: "extra", cell: ({ action, direction }) => `${action} ${direction}` },
  { head: "Target", kind: "wide extra", cell: ({ target }) => target || "–" },
  { head: "Problem nodes", kind: "wide extra", cell: troubledNames },
];

const NODE_COLUMNS: readonly Column<ClusterNode>[] = [
  { head: "Node", kind: "wide name", cell: ({ name }) => name },
  { head: "Bridge", cell: ({ bridge }) => bridge || "–" },
  { head: "Version", kind: "extra", cell: ({ version }) => version || "–" },
  { head: "Realized", kind: "number", cell: ({ realized }) => count(realized) },
  {
    head: "Failed",
    kind: "word",
    cell: ({ failed }) => state(failed > 0 ? "problem" : "ok", count(failed)),
  },
];

const rank = (control: WatchedControl) => LEVELS.indexOf(clusterStateOf(control).level);

export function clusterTabs(store: Store): readonly AnyTab[] {
  const controls = store.list<WatchedControl>("trafficControls");
  const nodes = store.list<ClusterNode>("nodes");
  return [
    {
      name: "trafficControls",
      title: "TrafficControls",
      rows: controls.toSorted((one, other) => rank(one) - rank(other)),
      columns: CONTROL_COLUMNS,
      empty: "The cluster has no TrafficControl",
    },
    {
      name: "nodes",
      title: "Nodes",
      rows: nodes.toSorted((one, other) => other.failed - one.failed),
      columns: NODE_COLUMNS,
      empty: "No node reports",
    },
  ];
}

/** What the nodes say, with their cures; where no node says more, what the status says. */
export function clusterProblems(store: Store): Problem[] {
  return store.list<WatchedControl>("trafficControls").flatMap((control) => {
    const onNodes = control.nodes.flatMap(({ node, conditions }) =>
      conditions.map((each) => ({ ...each, subject: `${control.name} on ${node}` }))
    );
    const known = new Set(onNodes.map(({ reason }) => reason));
    const own = control.conditions.filter(({ reason }) => !isSaid(reason, known))
      .map((each) => ({ ...each, subject: control.name }));
    return [...own, ...onNodes];
  });
}

/** What the status says of nodes that are on their way is no problem yet, and what nodes say need not be said twice. */
const isSaid = (reason: string, known: ReadonlySet<string>) =>
  known.has(reason) || reason === "Progressing" || reason === "OlderRedirect";
