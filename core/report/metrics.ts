/** Declares all metrics of the agent, and writes them for Prometheus. @module */
import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { CONTROL_METRICS, ControlMetrics, type PodSeries } from "./control_metrics.ts";
import type { ControlCounts } from "./counters.ts";
import { type MetricDefinition, OF_BRIDGE } from "./metric_definition.ts";
import { SENSOR_METRICS, SensorMetrics, type SensorSeries } from "./sensor_metrics.ts";

const SENSOR = { name: "state", values: ["unknown", "up", "down", "overloaded"] } as const;
const PEER = { name: "peer", values: ["ovsdb", "openflow"] } as const;

/** All metrics but those that each sensor or each TrafficControl has. */
export const METRICS = {
  info: {
    name: "sluice_build_info",
    type: "gauge",
    isOfNode: true,
    help: "Always 1; the label is the version of Sluice.",
  },
  ready: {
    name: "sluice_ready",
    type: "gauge",
    isOfNode: true,
    help: "1 when all that can be realized is realized, as /readyz says.",
  },
  controls: {
    name: "sluice_traffic_controls",
    type: "gauge",
    help:
      "TrafficControls: realized; refused, with a condition that says why; pending, about to be realized; planned, before its time or after it.",
    label: { name: "state", values: ["realized", "refused", "pending", "planned"] },
  },
  pods: {
    name: "sluice_pods",
    type: "gauge",
    isOfNode: true,
    help: "Pods of this node that a TrafficControl can select.",
  },
  selectedPods: {
    name: "sluice_selected_pods",
    type: "gauge",
    help: "Pods of this node that a TrafficControl selects.",
  },
  ports: {
    name: "sluice_ports",
    type: "gauge",
    help: "Target and return ports on the bridge.",
  },
  flows: {
    name: "sluice_flows",
    type: "gauge",
    help: "OpenFlow flows of Sluice's own, without those that the switch learns.",
  },
  sensors: {
    name: "sluice_sensors",
    type: "gauge",
    help: "Sensors of redirects that are probed, by what is known of them.",
    label: SENSOR,
  },
  passed: {
    name: "sluice_sensors_passed_by",
    type: "gauge",
    help: "Those of them that packets pass by, as no sensor of their redirect works.",
  },
  silent: {
    name: "sluice_sensors_silent",
    type: "gauge",
    help: "Sensors that are not probed, and return nothing of what goes into them: SensorSilent.",
  },
  verdicts: {
    name: "sluice_sensor_verdicts_total",
    type: "counter",
    help: "How often a sensor has become so.",
    label: SENSOR,
  },
  flowChanges: {
    name: "sluice_flow_changes_total",
    type: "counter",
    help: "Flows written to the switch.",
    label: { name: "command", values: ["add", "modify", "delete"] },
  },
  rounds: {
    name: "sluice_rounds_total",
    type: "counter",
    help: "Rounds of the reconciler; what makes one fail is in the log and in sluice status.",
    label: { name: "result", values: ["ok", "failed"] },
  },
  roundDuration: {
    name: "sluice_round_duration_seconds",
    type: "histogram",
    help: "How long one round takes, with all that it writes.",
  },
  connected: {
    name: "sluice_connected",
    type: "gauge",
    help: "1 while the connection to Open vSwitch is there.",
    label: PEER,
  },
  connections: {
    name: "sluice_connections_total",
    type: "counter",
    help: "Connections to Open vSwitch that were made; all but the first are reconnects.",
    label: PEER,
  },
  sourceComplete: {
    name: "sluice_source_complete",
    type: "gauge",
    isOfNode: true,
    help: "1 once the source has given all objects: before that, nothing is written.",
  },
  issues: {
    name: "sluice_source_issues",
    type: "gauge",
    isOfNode: true,
    help: "What the source cannot read or write at the moment; sluice status lists it.",
  },
  startTime: {
    name: "process_start_time_seconds",
    type: "gauge",
    isOfNode: true,
    help: "When the agent started, in seconds since 1970.",
  },
  cpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    isOfNode: true,
    help: "CPU time of the agent, user and system.",
  },
  memory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    isOfNode: true,
    help: "Memory of the agent (RSS).",
  },
  heap: {
    name: "sluice_heap_used_bytes",
    type: "gauge",
    isOfNode: true,
    help: "JavaScript objects in that memory.",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** `deno task gen` makes `docs/reference/metrics.md` from these. */
export const ALL_METRICS: readonly MetricDefinition[] = [
  ...Object.values(METRICS),
  ...Object.values(SENSOR_METRICS),
  ...Object.values(CONTROL_METRICS),
];

type Metric = keyof typeof METRICS;
type OfType<Type> = {
  [Name in Metric]: (typeof METRICS)[Name] extends { type: Type } ? Name : never;
}[Metric];
type ValueOf<Name extends Metric> = (typeof METRICS)[Name] extends
  { label: { values: readonly (infer Value)[] } } ? Value : undefined;

/** Upper limits of the histogram, in seconds: a round without changes takes 1 ms, one that waits for ports seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const MICROSECONDS = 1e6;

/** The values of the gauges on a bridge. They are read for each request, and cost nothing in between. */
export interface Observed {
  /** One of several bridges; absent if there is one alone. */
  readonly bridge?: string;
  readonly ready: boolean;
  readonly controls: Readonly<Record<ValueOf<"controls">, number>>;
  readonly pods: number;
  readonly selectedPods: number;
  readonly ports: number;
  readonly flows: number;
  readonly sensors: Readonly<Record<ValueOf<"sensors">, number>>;
  readonly passed: number;
  readonly silent: number;
  readonly eachSensor: readonly SensorSeries[];
  /** By name of a TrafficControl. */
  readonly eachControl: ReadonlyMap<string, ControlCounts>;
  readonly eachPod: readonly PodSeries[];
  readonly connected: Readonly<Record<ValueOf<"connected">, boolean>>;
  readonly sourceComplete: boolean;
  readonly issues: number;
}

/** Counts what happens on a bridge. */
export interface BridgeCounts {
  /** Counts a round of the reconciler. @param milliseconds How long the round took. */
  round(result: ValueOf<"rounds">, milliseconds: number): void;
  /** Counts a change of what is known of a sensor. */
  sensorJudged(state: ValueOf<"verdicts">): void;
  /** Counts flows that were written. */
  flowsChanged(command: ValueOf<"flowChanges">, count: number): void;
  /** Counts a connection that was made. */
  connected(peer: ValueOf<"connections">): void;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<Metric, Gauge>();
  readonly #counters = new Map<Metric, Counter>();
  readonly #duration: Histogram;
  readonly #ofSensors: SensorMetrics;
  readonly #ofControls: ControlMetrics;

  /** @param version Of Sluice. @param bridges Names of all bridges: several have a label with their names. */
  constructor(version: string, bridges: readonly string[] = []) {
    const registers = [this.#registry];
    const several = bridges.length > 1 ? bridges : [undefined];
    const ofBridge = bridges.length > 1 ? [OF_BRIDGE] : [];
    this.#ofSensors = new SensorMetrics(this.#registry, ofBridge);
    this.#ofControls = new ControlMetrics(this.#registry, ofBridge);
    for (const [metric, definition] of Object.entries(METRICS) as [Metric, MetricDefinition][]) {
      const { name, help, type, label, isOfNode } = definition;
      const own = metric === "info" ? ["version"] : label ? [label.name] : [];
      const options = { name, help, labelNames: [...isOfNode ? [] : ofBridge, ...own], registers };
      if (type === "gauge") this.#gauges.set(metric, new Gauge(options));
      if (type === "counter") this.#counters.set(metric, new Counter(options));
      for (const bridge of isOfNode ? [undefined] : several) this.#begin(metric, bridge);
    }
    const { name, help } = METRICS.roundDuration;
    const labelNames = ofBridge;
    this.#duration = new Histogram({ name, help, buckets: BUCKETS, labelNames, registers });
    for (const bridge of several) this.#duration.zero(labelsOf("roundDuration", { bridge }));
    this.#gauges.get("info")!.set({ version }, 1);
    this.#set("startTime", performance.timeOrigin / 1000);
  }

  #begin(metric: Metric, bridge: string | undefined): void {
    const { label }: MetricDefinition = METRICS[metric];
    for (const value of label?.values ?? []) {
      const labels = labelsOf(metric, { value, bridge });
      this.#gauges.get(metric)?.set(labels, 0);
      this.#counters.get(metric)?.inc(labels, 0);
    }
  }

  /** Counts what happens on a bridge. @param bridge One of several; absent if there is one alone. */
  of(bridge?: string): BridgeCounts {
    const count = (metric: OfType<"counter">, value: string, count = 1) =>
      this.#counters.get(metric)!.inc(labelsOf(metric, { value, bridge }), count);
    return {
      round: (result, milliseconds) => {
        count("rounds", result);
        this.#duration.observe(labelsOf("roundDuration", { bridge }), milliseconds / 1000);
      },
      sensorJudged: (state) => count("verdicts", state),
      flowsChanged: (command, flows) => count("flowChanges", command, flows),
      connected: (peer) => count("connections", peer),
    };
  }

  /** All metrics in the text format of Prometheus, version 0.0.4. @param observed For each bridge. */
  async text(...observed: readonly Observed[]): Promise<string> {
    this.#ofSensors.tell(observed);
    this.#ofControls.tell(observed);
    for (const each of observed) this.#tell(each);
    this.#measureProcess();
    return await this.#registry.metrics();
  }

  #tell({ bridge, eachSensor: _, eachControl: _control, eachPod: _pod, ...more }: Observed): void {
    const { controls, sensors, connected, ready, sourceComplete, ...counts } = more;
    const set = (metric: OfType<"gauge">, count: number, value?: string) =>
      this.#set(metric, count, { value, bridge });
    for (const [state, count] of Object.entries(controls)) set("controls", count, state);
    for (const [state, count] of Object.entries(sensors)) set("sensors", count, state);
    for (const [peer, there] of Object.entries(connected)) set("connected", +there, peer);
    for (const [name, count] of Object.entries(counts)) set(name as keyof typeof counts, count);
    set("ready", +ready);
    set("sourceComplete", +sourceComplete);
  }

  /** Measures this process. prom-client could do it, but reads files of /proc, for which Deno asks for all rights. */
  #measureProcess(): void {
    const { rss, heapUsed } = Deno.memoryUsage();
    this.#set("memory", rss);
    this.#set("heap", heapUsed);
    const { user, system } = process.cpuUsage();
    const cpu = this.#counters.get("cpu")!;
    cpu.reset();
    cpu.inc((user + system) / MICROSECONDS);
  }

  #set(metric: OfType<"gauge">, value: number, labels: Labels = {}): void {
    this.#gauges.get(metric)!.set(labelsOf(metric, labels), value);
  }
}

interface Labels {
  /** Of the label that the metric has by itself. */
  readonly value?: string | undefined;
  readonly bridge?: string | undefined;
}

function labelsOf(metric: Metric, { value, bridge }: Labels): Record<string, string> {
  const { label, isOfNode }: MetricDefinition = METRICS[metric];
  return {
    ...(bridge !== undefined && !isOfNode && { [OF_BRIDGE]: bridge }),
    ...(label && value !== undefined && { [label.name]: value }),
  };
}
