/** The text of `sluice status --cluster`. Pure. @module */
import { LIMITS } from "../base/limits.ts";
import type { ClusterCondition, ClusterControlState, ClusterState } from "./cluster_state.ts";
import { fittedTable } from "./fitted_table.ts";
import { type Look, severityWord } from "./status_look.ts";

const NONE = "-";
/** How an operator sees whether an agent runs on a node. */
const SILENT_CURE =
  'run "kubectl get pods -A -o wide -l app.kubernetes.io/name=sluice-agent" to see whether an agent runs there';

/** Nodes by their names, as far as a line may have them. */
export function namedNodes(nodes: readonly string[]): string {
  const shown = nodes.slice(0, LIMITS.namedNodes);
  const more = nodes.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** @param state Has no text that is not harmless. */
export function clusterText(state: ClusterState, look: Look): string {
  const { head, quiet } = look.colours;
  const section = (title: string, body: string) => body && `\n${head(title)}\n${body}`;
  const unknown = state.silent === undefined
    ? quiet("It is not known which nodes do not report: you may not list nodes\n")
    : "";
  return [
    `${title(state)}\n`,
    unknown,
    section("Problems", problemLines(state, look)),
    section("TrafficControls", controlTable(state, look)),
    section("Nodes", nodeTable(state, look)),
  ].join("");
}

function title({ server, reporting, ready, notReady, silent = [] }: ClusterState): string {
  const nodes = reporting === 1 ? "1 node reports" : `${reporting} nodes report`;
  const rest = [
    ...(notReady > 0 ? [`${notReady} not ready`] : []),
    ...(silent.length > 0 ? [`${silent.length} without a report`] : []),
  ];
  return [`Cluster ${server}: ${nodes}`, `${ready} ready`, ...rest].join(", ");
}

const ORDER: readonly ClusterCondition["severity"][] = ["problem", "warning", "planned"];

function problemLines({ trafficControls, silent = [] }: ClusterState, look: Look): string {
  const said = trafficControls.flatMap(({ name, conditions }) =>
    conditions.map((condition) => ({ name, ...condition }))
  );
  const sorted = ORDER.flatMap((severity) => said.filter((each) => each.severity === severity));
  const lines = sorted.map(({ name, severity, reason, message, cure, nodes }) => {
    const text = `${name}: ${reason} on ${namedNodes(nodes)}: ${message}`;
    const cured = cure === undefined ? text : `${text}: ${cure}`;
    return `  ${severityWord(severity, look.colours)}: ${cured}\n`;
  });
  if (silent.length === 0) return lines.join("");
  const verb = silent.length === 1 ? "does" : "do";
  const word = severityWord("warning", look.colours);
  return [...lines, `  ${word}: ${namedNodes(silent)} ${verb} not report: ${SILENT_CURE}\n`].join(
    "",
  );
}

function controlTable({ trafficControls }: ClusterState, { width, colours }: Look): string {
  if (trafficControls.length === 0) return "  none\n";
  const paintOf = ({ realized }: ClusterControlState) =>
    realized === "yes" ? colours.good : realized === "NoPods" ? colours.quiet : colours.bad;
  const sorted = trafficControls.toSorted((one, other) =>
    Number(one.notReadyOn.length === 0) - Number(other.notReadyOn.length === 0)
  );
  return fittedTable(
    [{ head: "NAME" }, { head: "READY" }, { head: "REALIZED" }, { head: "NOT READY ON" }],
    sorted.map((control) => [
      control.name,
      control.ready,
      { text: control.realized, paint: paintOf(control) },
      namedNodes(control.notReadyOn) || NONE,
    ]),
    { width, head: colours.head },
  );
}

function nodeTable({ nodes, silent = [] }: ClusterState, { width, colours }: Look): string {
  const rows = nodes.toSorted((one, other) => Number(one.isReady) - Number(other.isReady))
    .map(({ name, isReady, ready, bridge = NONE, version = NONE }) => [
      name,
      { text: ready, paint: isReady ? colours.good : colours.bad },
      bridge,
      version,
    ]);
  const missing = silent.map((name) => [
    name,
    { text: "no report", paint: colours.doubtful },
    NONE,
    NONE,
  ]);
  if (rows.length + missing.length === 0) return "  none\n";
  return fittedTable(
    [{ head: "NAME" }, { head: "READY" }, { head: "BRIDGE" }, { head: "VERSION" }],
    [...rows, ...missing],
    { width, head: colours.head },
  );
}
