/** The text of `sluice status`. Pure. @module */
import { type Condition, cureOf, isPlanned, isSame, sentence } from "../contracts/condition.ts";
import { packetsOf } from "../report/counters.ts";
import type { ControlState, State, TreatmentState } from "../report/state.ts";
import { NO_COLOURS } from "./colour.ts";
import { type Cell, fittedTable } from "./fitted_table.ts";
import { problemLines } from "./plugin_files.ts";
import { pluginTable } from "./plugin_list.ts";
import { SEVERITIES, severityOf } from "./severity.ts";
import { type Look, severityWord } from "./status_look.ts";

const NONE = "-";
export interface StatusLook extends Partial<Look> {
  /** With what is shown in detail. */
  readonly wide?: boolean;
}

/** @param state Has no text that is not harmless. */
export function formatState(
  state: State,
  { wide = false, width, colours = NO_COLOURS }: StatusLook = {},
): string {
  const look = { width, colours };
  const section = (title: string, body: string) => body && `\n${colours.head(title)}\n${body}`;
  return [
    `${title(state)}\n`,
    section("Problems", problems(state, look)),
    section("TrafficControls", formatControls(state, look)),
    wide ? section("Counted by Pod", formatPodCounts(state, look)) : "",
    section("Pods", formatPods(state, look)),
    section("Sensors", formatSensors(state, look)),
    section("Ports", formatPorts(state, look)),
    section("Plugins", formatPlugins(state)),
  ].filter((part) => part !== "").join("");
}

function title({ node, bridge, bridges, flows }: State): string {
  const where = node ? `Node ${node}, bridge` : "Bridge";
  if (!bridges) return `${where} ${bridge}: ${flows} flows`;
  return `${where}s ${bridges.map((each) => `${each.bridge}: ${each.flows} flows`).join(", ")}`;
}

const table = (heads: readonly string[], rows: readonly (readonly Cell[])[], look: Look) =>
  fittedTable(heads.map((head) => ({ head })), rows, {
    width: look.width,
    head: look.colours.head,
  });

type RowOnBridge = readonly [{ readonly bridge?: string }, readonly Cell[]];

/** With several bridges, a column more at the beginning of a table. */
function withBridges(
  heads: readonly string[],
  rows: readonly RowOnBridge[],
  { bridges, look }: { readonly bridges: State["bridges"] | undefined; readonly look: Look },
): string {
  if (!bridges) return table(heads, rows.map(([, cells]) => cells), look);
  return table(
    ["BRIDGE", ...heads],
    rows.map(([{ bridge = NONE }, cells]) => [bridge, ...cells]),
    look,
  );
}

/** All that is to be looked at, the worst first. What is said of the bridge is not said again of each TrafficControl. */
function problems({ conditions, trafficControls, issues }: State, look: Look): string {
  const ofAll = conditions.map((condition) => ({ subject: "Bridge", condition }));
  const ofEach = trafficControls.flatMap(({ name: subject, conditions: own }) =>
    own.filter((one) => !conditions.some((other) => isSame(one, other)))
      .map((condition) => ({ subject, condition }))
  );
  const all = [...ofAll, ...ofEach];
  const [worst, ...others] = SEVERITIES.map((severity) =>
    conditionLines(all.filter(({ condition }) => severityOf(condition) === severity), look)
  );
  return [worst, ...issues.map((issue) => `  ${issue}\n`), ...others].join("");
}

interface Said {
  readonly subject: string;
  readonly condition: Condition;
}

/** The cure of the reason, for a condition that has none of its own. */
const generalCure = (said: Said | undefined) =>
  said && said.condition.cure === undefined ? cureOf(said.condition) : undefined;

/** A general cure stands on a line of its own, behind all conditions that follow each other and have it. */
function conditionLines(all: readonly Said[], { colours }: Look): string {
  return all.map((said, at) => {
    const { subject, condition } = said;
    const word = severityWord(severityOf(condition), colours);
    const line = `  ${word}: ${subject}: ${condition.reason}: ${sentence(condition)}\n`;
    const cure = generalCure(said);
    const isLast = cure !== generalCure(all[at + 1]);
    return cure !== undefined && isLast ? `${line}    cure: ${cure}\n` : line;
  }).join("");
}

type Counted = Pick<ControlState, "copied" | "redirected" | "dropped">;

/** What is counted, in packets of both directions. A column is there if one of those that are shown does that. */
const DONE: readonly {
  readonly head: string;
  readonly count: (counted: Counted) => number | undefined;
}[] = [
  { head: "COPIED", count: ({ copied }) => copied && packetsOf(copied) },
  { head: "REDIRECTED", count: ({ redirected }) => redirected && packetsOf(redirected) },
  { head: "DROPPED", count: ({ dropped }) => dropped },
];

const doneBy = (all: readonly Counted[]) =>
  DONE.filter(({ count }) => all.some((one) => count(one) !== undefined));
const counts = (done: typeof DONE, counted: Counted) =>
  done.map(({ count }) => String(count(counted) ?? NONE));

function formatPodCounts({ trafficControls }: State, look: Look): string {
  const all = trafficControls.flatMap(({ name, byPod = [] }) =>
    byPod.map((counted) => ({ name, counted }))
  );
  if (all.length === 0) return "";
  const done = doneBy(all.map(({ counted }) => counted));
  return table(
    ["TRAFFICCONTROL", "POD", ...done.map(({ head }) => head)],
    all.map(({ name, counted }) => [name, counted.pod, ...counts(done, counted)]),
    look,
  );
}

function formatControls({ trafficControls }: State, look: Look): string {
  if (trafficControls.length === 0) return "";
  const done = doneBy(trafficControls);
  return table(
    [
      "NAME",
      "ACTION",
      "DIRECTION",
      "TARGET",
      "RETURN",
      "PODS",
      "REALIZED",
      ...done.map(({ head }) => head),
    ], // deno-fmt-ignore
    trafficControls.map((control) => [
      control.name,
      control.action,
      control.direction,
      portsIn(control, "target"),
      portsIn(control, "return"),
      String(control.pods.length),
      painted(inOneWord(control), look),
      ...counts(done, control),
    ]),
    look,
  );
}

function painted(realized: string, { colours }: Look): Cell {
  const paint = realized === "yes"
    ? colours.good
    : realized === "NoPods" || isPlanned({ reason: realized })
    ? colours.quiet
    : colours.bad;
  return { text: realized, paint };
}

type PortsOf = Pick<ControlState, "target" | "return" | "additionalPorts" | "bridges">;

/** The target ports of a TrafficControl, or its return ports, `additionalPorts` included, on each of its bridges. */
function portsIn({ bridges = [], ...control }: PortsOf, role: "target" | "return"): string {
  const all = [control, ...bridges].flatMap((each) => [each, ...each.additionalPorts ?? []]);
  const names = all.map((pair) => pair[role]).filter((port) => port !== undefined);
  const shown = bridges.length > 0 ? new Set(names) : names;
  return [...shown].join(",") || NONE;
}

/** `NoPods`: no Pod on this node is selected, so that nothing is to be done here. The status of the cluster says it, too. */
function inOneWord({ realized, pods, conditions }: ControlState): string {
  if (!realized) return conditions[0]?.reason ?? "no";
  return pods.length === 0 ? "NoPods" : "yes";
}

function formatPods(state: State, look: Look): string {
  const rows = state.pods.flatMap(({ namespace, name, ports }) =>
    ports.map((port) =>
      [port, [
        namespace,
        name,
        port.name,
        String(port.ofport ?? NONE),
        formatTreatment(port.egress),
        formatTreatment(port.ingress),
      ]] as const
    )
  );
  if (rows.length === 0) return "";
  const heads = ["NAMESPACE", "NAME", "PORT", "OFPORT", "EGRESS", "INGRESS"];
  return withBridges(heads, rows, { bridges: state.bridges, look });
}

function formatTreatment(treatment: TreatmentState | undefined): string {
  if (!treatment) return NONE;
  const { mirrors, redirect, otherSensors = [], chain = [], drop } = treatment;
  const pairs = [...(redirect ? [redirect] : []), ...otherSensors];
  const parts = [
    ...mirrors.map((port) => `mirror ${port}`),
    ...pairs.map((pair) => `redirect ${pair.target}>${pair.return}`),
    ...chain.map((pair) => `then ${pair.target}>${pair.return}`),
    ...(drop ? ["drop"] : []),
  ];
  return parts.join(", ");
}

function formatPlugins({ plugins }: State): string {
  if (plugins.length === 0) return "";
  const listed = plugins.map(({ file, ...more }) => ({ ...more, from: file }));
  const problems = problemLines(plugins).map((line) => `  problem: ${line}\n`);
  return pluginTable(listed) + problems.join("");
}

const SENSOR_PAINTS = {
  up: "good",
  down: "bad",
  overloaded: "doubtful",
  unknown: "doubtful",
} as const;

/** An agent of an earlier version does not tell of sensors. */
function formatSensors(node: State, look: Look): string {
  const { sensors = [] } = node as Partial<State>;
  if (sensors.length === 0) return "";
  return withBridges(
    ["TARGET", "RETURN", "STATE", "OPEN", "ROUND TRIP", "EVIDENCE"],
    sensors.map((sensor) => {
      const { target, return: back, state, isOpen, roundTripMilliseconds: time, evidence } = sensor;
      const roundTrip = time === undefined ? NONE : `${time.toFixed(1)} ms`;
      const shown = { text: state, paint: look.colours[SENSOR_PAINTS[state]] };
      return [sensor, [target, back, shown, isOpen ? "yes" : "no", roundTrip, evidence]];
    }),
    { bridges: node.bridges, look },
  );
}

function formatPorts(state: State, look: Look): string {
  if (state.ports.length === 0) return "";
  const number = (value: number | undefined) => String(value ?? NONE);
  return withBridges(
    ["NAME", "OFPORT", "SENT", "RECEIVED"],
    state.ports.map((port) => {
      const { name, ofport, txPackets, rxPackets } = port;
      return [port, [name, number(ofport), number(txPackets), number(rxPackets)]];
    }),
    { bridges: state.bridges, look },
  );
}
