/** The tables of one node: TrafficControls, Pods, ports, sensors, plugins. @module */
import { rateOf, state } from "./cells.ts";
import type { Rates } from "./rates.ts";
import type { Store } from "./store.ts";
import type { Column } from "./table.ts";
import type { ControlState, PodState, Port, Sensor, State } from "./types.ts";
import type { Problem } from "./problems.ts";
import * as words from "./words.ts";

/** One of the tables of the page. */
export interface Tab<Row> {
  /** Of the list in the state. */
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly empty: string;
}

// deno-lint-ignore no-explicit-any -- each tab has rows of its own type
export type AnyTab = Tab<any>;

const LEVEL_RANK = new Map(words.LEVELS.map((level, index) => [level, index]));

/** Problems first; else by name. */
function worstFirst(controls: readonly ControlState[]): readonly ControlState[] {
  const rank = (control: ControlState) => LEVEL_RANK.get(words.stateOf(control).level)!;
  const ranked = controls.map((control) => ({ control, rank: rank(control) }));
  return ranked.sort((one, other) => one.rank - other.rank).map(({ control }) => control);
}

const controlColumns = (rates: Rates): readonly Column<ControlState>[] => [
  { head: "Name", kind: "wide name", cell: ({ name }) => name },
  {
    head: "Realized",
    kind: "word",
    cell: (control) => {
      const { level, word } = words.stateOf(control);
      return state(level, word);
    },
  },
  { head: "Action", cell: ({ action, direction }) => `${action} ${direction}`.trim() || "–" },
  { head: "Target", kind: "extra", cell: (each) => words.portsOf(each, "target") || "–" },
  { head: "Return", kind: "extra", cell: (each) => words.portsOf(each, "return") || "–" },
  { head: "Pods", kind: "number extra", cell: ({ pods }) => words.count(pods.length) },
  { head: "Packets", kind: "number extra", cell: (each) => packetsOf(each) },
  { head: "Packets/s", kind: "number", cell: ({ name }) => rateOf(rates.now(name)) },
];

function packetsOf(control: ControlState): string {
  const { copied, redirected, dropped } = words.packets(control);
  return words.count(copied + redirected + dropped);
}

/** A Pod, at one of its ports. */
export interface PodRow {
  readonly pod: PodState;
  readonly port: PodState["ports"][number] | undefined;
}

const POD_COLUMNS: readonly Column<PodRow>[] = [
  { head: "Namespace", kind: "name", cell: ({ pod }) => pod.namespace },
  { head: "Pod", kind: "wide name", cell: ({ pod }) => pod.name },
  { head: "Port", cell: ({ port }) => port?.name ?? "–" },
  { head: "Number", kind: "number extra", cell: ({ port }) => words.portNumber(port ?? {}) },
  { head: "Egress", kind: "wide extra", cell: ({ port }) => words.treatment(port?.egress) },
  { head: "Ingress", kind: "wide extra", cell: ({ port }) => words.treatment(port?.ingress) },
];

const PORT_COLUMNS: readonly Column<Port>[] = [
  { head: "Port", kind: "wide name", cell: ({ name }) => name },
  { head: "Number", kind: "number", cell: words.portNumber },
  { head: "Sent", kind: "number", cell: ({ txPackets }) => words.count(txPackets ?? 0) },
  { head: "Received", kind: "number", cell: ({ rxPackets }) => words.count(rxPackets ?? 0) },
];

const milliseconds = (time: number | undefined) =>
  time === undefined ? "–" : `${time.toFixed(1)} ms`;

const SENSOR_COLUMNS: readonly Column<Sensor>[] = [
  { head: "Target", kind: "name", cell: ({ target }) => target },
  { head: "Return", kind: "name", cell: (each) => each.return },
  { head: "State", cell: (each) => state(each.state === "up" ? "ok" : "problem", each.state) },
  { head: "Open", kind: "extra", cell: ({ isOpen }) => isOpen ? "yes" : "no" },
  {
    head: "Round trip",
    kind: "number extra",
    cell: ({ roundTripMilliseconds }) => milliseconds(roundTripMilliseconds),
  },
  { head: "Evidence", kind: "wide", cell: ({ evidence }) => evidence },
];

/** With several bridges, each of these lists says which one it is. */
const bridged = <Row extends { readonly bridge?: string }>(
  columns: readonly Column<Row>[],
  store: Store,
): readonly Column<Row>[] =>
  store.field("bridges") === undefined
    ? columns
    : [{ head: "Bridge", kind: "name", cell: ({ bridge = "–" }) => bridge }, ...columns];

export const podRows = (pods: readonly PodState[]): PodRow[] =>
  pods.flatMap((pod) => {
    const ports: readonly PodRow["port"][] = pod.ports.length === 0 ? [undefined] : pod.ports;
    return ports.map((port) => ({ pod, port }));
  });

export function nodeTabs(store: Store, rates: Rates): readonly AnyTab[] {
  const controls = store.list<ControlState>("trafficControls");
  return [
    {
      name: "trafficControls",
      title: "TrafficControls",
      rows: worstFirst(controls),
      columns: controlColumns(rates),
      empty: "No TrafficControl is known",
    },
    {
      name: "pods",
      title: "Pods",
      rows: podRows(store.list<PodState>("pods")),
      columns: POD_COLUMNS,
      empty: "No Pod is known on this node",
    },
    {
      name: "ports",
      title: "Ports",
      rows: store.list<Port>("ports"),
      columns: bridged(PORT_COLUMNS, store),
      empty: "No target or return port is ready",
    },
    {
      name: "sensors",
      title: "Sensors",
      rows: store.list<Sensor>("sensors"),
      columns: bridged(SENSOR_COLUMNS, store),
      empty: "No sensor is probed",
    },
  ];
}

/** All conditions of the node: the bridge's own first. Those of the bridge stand at each TrafficControl, too. */
export function nodeProblems(store: Store): Problem[] {
  const own = store.field<State["conditions"]>("conditions") ?? [];
  const ofBridge = new Set(own.map(({ reason, message }) => `${reason} ${message}`));
  const isOwn = ({ reason, message }: Problem) => !ofBridge.has(`${reason} ${message}`);
  const controls = store.list<ControlState>("trafficControls").flatMap(({ name, conditions }) =>
    conditions.map((each) => ({ ...each, subject: name }))
  );
  const plugins = store.field<State["plugins"]>("plugins") ?? [];
  const refused = plugins.flatMap(({ file, problems }) =>
    problems.map((message) => ({ subject: file, reason: "Plugin", message }))
  );
  return [
    ...own.map((each) => ({ ...each, subject: "Bridge" })),
    ...controls.filter(isOwn),
    ...refused,
  ];
}
