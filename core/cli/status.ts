/** `sluice status`: shows what the agent on this node does. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { harmlessValues } from "../base/foreign_text.ts";
import { type Condition, isPlanned, sentence } from "../contracts/condition.ts";
import { packetsOf } from "../report/counters.ts";
import type { ControlState, State, TreatmentState } from "../report/state.ts";
import { fetchState } from "./agent_state.ts";
import { DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { problemLines } from "./plugin_files.ts";
import { pluginTable } from "./plugin_list.ts";
import { printJson, printText } from "./print.ts";
import { formatTable } from "./table.ts";

const NONE = "-";
const AFTER_HELP = `
COPIED, REDIRECTED and DROPPED are packets of both directions, since the TrafficControl has Pods on
this node; a dash means that it does not do that. "-o json" has bytes and each direction, too.
"-o wide" shows the same for each Pod, for TrafficControls with "counters: PerPod".

Sensors are those that are probed. OPEN says whether packets pass without the sensor, ROUND TRIP is
the time that its last answer took, and EVIDENCE says how its state is known.

A "problem" keeps Sluice from doing what is asked for. A "warning" does not, but look at it. What is
"planned" is as the object says: it has not begun yet, or it has ended.`;

export function statusCommand() {
  return new Command("status")
    .description(
      "Show what the agent on this node does: TrafficControls, Pods, sensors, ports, conditions.",
    )
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "wide", "json"])
        .default("text"),
    )
    .addHelpText("after", AFTER_HELP)
    .action(async ({ address, output, ...access }) => {
      const state = await fetchState(address, access);
      if (output === "json") printJson(state);
      else printText(formatState(harmlessValues(state), { wide: output === "wide" }));
    });
}

/** @param options `wide`: with what is shown in detail. */
export function formatState(state: State, { wide = false } = {}): string {
  return [
    `${title(state)}\n`,
    formatConditions("Bridge", state.conditions),
    state.issues.map((issue) => `  ${issue}\n`).join(""),
    section("TrafficControls", formatControls(state)),
    wide ? section("Counted by Pod", formatPodCounts(state)) : "",
    section("Pods", formatPods(state)),
    section("Sensors", formatSensors(state)),
    section("Ports", formatPorts(state)),
    section("Plugins", formatPlugins(state)),
    state.trafficControls.map(({ name, conditions }) => formatConditions(name, conditions)).join(
      "",
    ),
  ].filter((part) => part !== "").join("");
}

function title({ node, bridge, bridges, flows }: State): string {
  const where = node ? `Node ${node}, bridge` : "Bridge";
  if (!bridges) return `${where} ${bridge}: ${flows} flows`;
  return `${where}s ${bridges.map((each) => `${each.bridge}: ${each.flows} flows`).join(", ")}`;
}

/** With several bridges, a column more at the beginning of a table. */
function withBridges(
  { bridges }: State,
  head: readonly string[],
  rows: readonly (readonly [{ readonly bridge?: string }, readonly string[]])[],
): string {
  if (!bridges) return formatTable(head, rows.map(([, cells]) => cells));
  return formatTable(
    ["BRIDGE", ...head],
    rows.map(([{ bridge = NONE }, cells]) => [bridge, ...cells]),
  );
}

const section = (title: string, body: string) => body && `\n${title}\n${body}`;

function formatConditions(subject: string, conditions: readonly Condition[]): string {
  return conditions.map((each) =>
    `  ${severity(each)}: ${subject}: ${each.reason}: ${sentence(each)}\n`
  ).join("");
}

function severity(condition: Condition): string {
  return condition.warning ? "warning" : isPlanned(condition) ? "planned" : "problem";
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

function formatPodCounts({ trafficControls }: State): string {
  const all = trafficControls.flatMap(({ name, byPod = [] }) =>
    byPod.map((counted) => ({ name, counted }))
  );
  if (all.length === 0) return "";
  const done = doneBy(all.map(({ counted }) => counted));
  return formatTable(
    ["TRAFFICCONTROL", "POD", ...done.map(({ head }) => head)],
    all.map(({ name, counted }) => [name, counted.pod, ...counts(done, counted)]),
  );
}

function formatControls({ trafficControls }: State): string {
  if (trafficControls.length === 0) return "";
  const done = doneBy(trafficControls);
  return formatTable(
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
      inOneWord(control),
      ...counts(done, control),
    ]),
  );
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

function formatPods(state: State): string {
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
  return withBridges(state, ["NAMESPACE", "NAME", "PORT", "OFPORT", "EGRESS", "INGRESS"], rows);
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

/** An agent of an earlier version does not tell of sensors. */
function formatSensors(node: State): string {
  const { sensors = [] } = node as Partial<State>;
  if (sensors.length === 0) return "";
  return withBridges(
    node,
    ["TARGET", "RETURN", "STATE", "OPEN", "ROUND TRIP", "EVIDENCE"],
    sensors.map((sensor) => {
      const { target, return: back, state, isOpen, roundTripMilliseconds: time, evidence } = sensor;
      const roundTrip = time === undefined ? NONE : `${time.toFixed(1)} ms`;
      return [sensor, [target, back, state, isOpen ? "yes" : "no", roundTrip, evidence]];
    }),
  );
}

function formatPorts(state: State): string {
  if (state.ports.length === 0) return "";
  const number = (value: number | undefined) => String(value ?? NONE);
  return withBridges(
    state,
    ["NAME", "OFPORT", "SENT", "RECEIVED"],
    state.ports.map((port) => {
      const { name, ofport, txPackets, rxPackets } = port;
      return [port, [name, number(ofport), number(txPackets), number(rxPackets)]];
    }),
  );
}
