/** Writes the Grafana dashboard of `deploy/monitoring`, from the names in the table of metrics. @module */
import { CONTROL_METRICS } from "../core/report/control_metrics.ts";
import type { MetricDefinition } from "../core/report/metric_definition.ts";
import { METRICS } from "../core/report/metric_table.ts";
import { PORT_METRICS } from "../core/report/port_metrics.ts";
import { SENSOR_METRICS } from "../core/report/sensor_metrics.ts";

/** Version of the form of dashboards that Grafana 12 writes. */
const SCHEMA_VERSION = 41;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
/** Which series count: those of the agents that are chosen above the panels. */
const CHOSEN = 'job=~"$job",instance=~"$instance"';

const of = ({ name }: MetricDefinition, more = "") => `${name}{${CHOSEN}${more && `,${more}`}}`;
const rate = (metric: MetricDefinition, more?: string) =>
  `rate(${of(metric, more)}[$__rate_interval])`;
const quantile = (share: number, { name }: MetricDefinition) =>
  `histogram_quantile(${share}, sum by (le) (rate(${name}_bucket{${CHOSEN}}[$__rate_interval])))`;

/** A line of a panel: what is computed, and how it is called. */
type Line = readonly [expression: string, legend: string];

interface Panel {
  readonly title: string;
  /** The question of a user that it answers. */
  readonly question: string;
  readonly type: "stat" | "timeseries" | "table";
  readonly unit?: string;
  readonly lines: readonly Line[];
}

/** @param shown Its type, and behind a space its unit, as Grafana calls it. */
const panel = (
  shown: string,
  [title, question]: readonly [string, string],
  lines: readonly Line[],
): Panel => {
  const [type, unit] = shown.split(" ");
  return { title, question, type: type as Panel["type"], lines, ...(unit && { unit }) };
};

const NODE = "{{instance}}";
const BY_PORT = "{{instance}} port {{port}}";

const STATE: readonly Panel[] = [
  panel("stat", ["Agents", "Do all agents answer, and is all realized that can be?"], [
    [`count(up{${CHOSEN}} == 1) or vector(0)`, "answer"],
    [`count(${of(METRICS.ready)} == 1) or vector(0)`, "ready"],
    [`count(up{${CHOSEN}} == 0) or vector(0)`, "do not answer"],
  ]),
  panel("stat", ["TrafficControls on nodes", "How many are realized, and how many are not?"], [
    [`sum by (state) (${of(METRICS.controls)})`, "{{state}}"],
  ]),
  panel("stat", ["Sensors", "Which sensors work, and does traffic pass any of them by?"], [
    [`sum by (state) (${of(METRICS.sensors)})`, "{{state}}"],
    [`sum(${of(METRICS.passed)})`, "passed by"],
    [`sum(${of(METRICS.silent)})`, "silent"],
  ]),
  panel("table", ["Nodes with something to be done", "Where do I have to look?"], [
    [`${of(METRICS.controls, 'state="refused"')} > 0`, `${NODE} refuses TrafficControls`],
    [`${of(METRICS.ready)} == 0`, `${NODE} is not ready`],
    [`${of(METRICS.issues)} > 0`, `${NODE} has something that it cannot read`],
  ]),
];

const { packets, bytes, podPackets } = CONTROL_METRICS;
const TRAFFIC: readonly Panel[] = [
  panel("timeseries pps", ["Packets by TrafficControl", "What moves most?"], [
    [`topk(10, sum by (name, what) (${rate(packets)}))`, "{{name}} {{what}}"],
  ]),
  panel("timeseries Bps", ["Bytes by TrafficControl", "How much of a link do copies take?"], [
    [`topk(10, sum by (name, what) (${rate(bytes)}))`, "{{name}} {{what}}"],
  ]),
  panel("timeseries pps", ["Dropped packets", "What is dropped, and on which node?"], [
    [`sum by (instance, name) (${rate(packets, 'what="dropped"')})`, `${NODE} {{name}}`],
  ]),
  panel("timeseries pps", ["Packets by Pod", "Which Pods are it (counters: PerPod)?"], [
    [
      `topk(10, sum by (namespace, pod, what) (${rate(podPackets)}))`,
      "{{namespace}}/{{pod}} {{what}}",
    ],
  ]),
  panel("timeseries Bps", ["Into ports", "What gets each sensor or collector?"], [
    [`topk(10, ${rate(PORT_METRICS.sentBytes)})`, BY_PORT],
  ]),
  panel("timeseries Bps", ["Out of ports", "What comes back from sensors?"], [
    [`topk(10, ${rate(PORT_METRICS.receivedBytes)})`, BY_PORT],
  ]),
];

const SENSORS: readonly Panel[] = [
  panel("timeseries", ["Sensors that work", "Since when does a sensor not work?"], [
    [of(SENSOR_METRICS.up), BY_PORT],
  ]),
  panel("timeseries", ["Passed by", "When did packets pass without a sensor?"], [
    [of(SENSOR_METRICS.open), BY_PORT],
  ]),
  panel("timeseries s", ["Round trip of probes", "How long do packets take through a sensor?"], [
    [of(SENSOR_METRICS.roundTrip), BY_PORT],
  ]),
  panel("timeseries", ["Changes of sensors", "Which sensor comes and goes?"], [
    [`increase(${of(SENSOR_METRICS.transitions)}[$__rate_interval])`, `${BY_PORT} {{state}}`],
  ]),
];

const AGENTS: readonly Panel[] = [
  panel("timeseries s", ["From a change to its flows", "How long does a new Pod wait?"], [
    [quantile(0.5, METRICS.eventDuration), "half of them"],
    [quantile(0.99, METRICS.eventDuration), "99 of 100"],
  ]),
  panel("timeseries", ["Rounds", "Does Open vSwitch refuse changes?"], [
    [`sum by (result) (${rate(METRICS.rounds)})`, "{{result}}"],
    [quantile(0.99, METRICS.roundDuration), "seconds, 99 of 100"],
  ]),
  panel("timeseries", ["Connections to Open vSwitch", "Was a switch away?"], [
    [`${of(METRICS.connected)}`, `${NODE} {{peer}}`],
    [`increase(${of(METRICS.connections)}[$__rate_interval])`, `${NODE} {{peer}} made anew`],
  ]),
  panel("timeseries", ["Flows written", "Who changes the switch so often?"], [
    [`sum by (instance, command) (${rate(METRICS.flowChanges)})`, `${NODE} {{command}}`],
  ]),
  panel("timeseries", ["Flows and ports", "How full is the switch?"], [
    [of(METRICS.flows), `${NODE} flows`],
    [of(METRICS.ports), `${NODE} ports`],
    [of(METRICS.selectedPods), `${NODE} selected Pods`],
  ]),
  panel("timeseries bytes", ["Memory of agents", "Does an agent grow?"], [
    [of(METRICS.memory), NODE],
  ]),
  panel("timeseries", ["CPU time of agents", "What does an agent cost?"], [
    [rate(METRICS.cpu), NODE],
  ]),
  panel("table", ["Left out of the metrics", "What do these panels not show?"], [
    [`${of(METRICS.omitted)} > 0`, `${NODE} {{of}}`],
  ]),
];

const ROWS: Readonly<Record<string, readonly Panel[]>> = {
  "What is": STATE,
  "Traffic": TRAFFIC,
  "Sensors": SENSORS,
  "Agents": AGENTS,
};

/** A dashboard is 24 units wide. */
const [WIDTH, HEIGHT, ROW_HEIGHT] = [12, 8, 1] as const;

function shown({ title, question, type, unit, lines }: Panel, at: { x: number; y: number }) {
  return {
    title,
    description: question,
    type,
    datasource: DATASOURCE,
    gridPos: { ...at, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { ...(unit !== undefined && { unit }), min: 0 }, overrides: [] },
    targets: lines.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(type === "timeseries" ? { range: true } : { instant: true, range: false }),
    })),
  };
}

function panels(): object[] {
  const all: object[] = [];
  let y = 0;
  for (const [title, row] of Object.entries(ROWS)) {
    const gridPos = { x: 0, y, w: 2 * WIDTH, h: ROW_HEIGHT };
    all.push({ title, type: "row", collapsed: false, gridPos, panels: [] });
    y += ROW_HEIGHT;
    row.forEach((each, index) => {
      const at = { x: (index % 2) * WIDTH, y: y + Math.floor(index / 2) * HEIGHT };
      all.push(shown(each, at));
    });
    y += Math.ceil(row.length / 2) * HEIGHT;
  }
  return all.map((each, index) => ({ id: index + 1, ...each }));
}

const chosen = (name: string, label: string) => ({
  name,
  type: "query",
  label: name,
  datasource: DATASOURCE,
  query: `label_values(${label}, ${name})`,
  definition: `label_values(${label}, ${name})`,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: ".*",
});

/** The dashboard as JSON. */
export function dashboard(): string {
  const all = {
    uid: "sluice",
    title: "Sluice",
    description: "What Sluice does on the nodes of a cluster. Generated by `deno task gen`.",
    tags: ["sluice"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    timezone: "",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", label: "datasource", query: "prometheus" },
        chosen("job", METRICS.info.name),
        chosen("instance", `${METRICS.info.name}{job=~"$job"}`),
      ],
    },
    annotations: { list: [] },
    links: [],
    panels: panels(),
  };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}
