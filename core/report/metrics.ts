/** Declares all metrics of the agent, and writes them for Prometheus. @module */
import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { CONTROL_METRICS, ControlMetrics, type PodSeries } from "./control_metrics.ts";
import type { ControlCounts } from "./counters.ts";
import { type MetricDefinition, OF_BRIDGE } from "./metric_definition.ts";
import { type Metric, METRICS, type OfType, type ValueOf } from "./metric_table.ts";
import { PORT_METRICS, PortMetrics, type PortSeries } from "./port_metrics.ts";
import { SENSOR_METRICS, SensorMetrics, type SensorSeries } from "./sensor_metrics.ts";

/** `deno task gen` makes `docs/reference/metrics.md` from these. */
export const ALL_METRICS: readonly MetricDefinition[] = [
  ...Object.values(METRICS),
  ...Object.values(SENSOR_METRICS),
  ...Object.values(PORT_METRICS),
  ...Object.values(CONTROL_METRICS),
];

/**
 * Upper limits of the histograms, in seconds: a round without changes takes 1 ms, one that waits for ports seconds; an event
 * is in the switch after 4 ms on a calm node (decision 032).
 */
const BUCKETS = {
  roundDuration: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  eventDuration: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
};
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
  readonly eachPort: readonly PortSeries[];
  readonly omitted: Readonly<Record<ValueOf<"omitted">, number>>;
  readonly connected: Readonly<Record<ValueOf<"connected">, boolean>>;
  readonly sourceComplete: boolean;
  readonly issues: number;
}

/** Counts what happens on a bridge. */
export interface BridgeCounts {
  /** Counts a round of the reconciler. @param milliseconds How long the round took. */
  round(result: ValueOf<"rounds">, milliseconds: number): void;
  /** Counts the oldest change of a round that has written flows. @param milliseconds From its arrival until they were written. */
  eventWritten(milliseconds: number): void;
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
  readonly #histograms: Readonly<Record<OfType<"histogram">, Histogram>>;
  readonly #ofSensors: SensorMetrics;
  readonly #ofControls: ControlMetrics;
  readonly #ofPorts: PortMetrics;

  /** @param version Of Sluice. @param bridges Names of all bridges: several have a label with their names. */
  constructor(version: string, bridges: readonly string[] = []) {
    const registers = [this.#registry];
    const several = bridges.length > 1 ? bridges : [undefined];
    const ofBridge = bridges.length > 1 ? [OF_BRIDGE] : [];
    this.#ofSensors = new SensorMetrics(this.#registry, ofBridge);
    this.#ofControls = new ControlMetrics(this.#registry, ofBridge);
    this.#ofPorts = new PortMetrics(this.#registry, ofBridge);
    for (const [metric, definition] of Object.entries(METRICS) as [Metric, MetricDefinition][]) {
      const { name, help, type, label, isOfNode } = definition;
      const own = metric === "info" ? ["version"] : label ? [label.name] : [];
      const options = { name, help, labelNames: [...isOfNode ? [] : ofBridge, ...own], registers };
      if (type === "gauge") this.#gauges.set(metric, new Gauge(options));
      if (type === "counter") this.#counters.set(metric, new Counter(options));
      for (const bridge of isOfNode ? [undefined] : several) this.#begin(metric, bridge);
    }
    const histogram = (metric: OfType<"histogram">) => {
      const { name, help } = METRICS[metric];
      const buckets = BUCKETS[metric];
      const made = new Histogram({ name, help, buckets, labelNames: ofBridge, registers });
      for (const bridge of several) made.zero(labelsOf(metric, { bridge }));
      return made;
    };
    this.#histograms = {
      roundDuration: histogram("roundDuration"),
      eventDuration: histogram("eventDuration"),
    };
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
    const time = (metric: OfType<"histogram">, milliseconds: number) =>
      this.#histograms[metric].observe(labelsOf(metric, { bridge }), milliseconds / 1000);
    return {
      round: (result, milliseconds) => {
        count("rounds", result);
        time("roundDuration", milliseconds);
      },
      eventWritten: (milliseconds) => time("eventDuration", milliseconds),
      sensorJudged: (state) => count("verdicts", state),
      flowsChanged: (command, flows) => count("flowChanges", command, flows),
      connected: (peer) => count("connections", peer),
    };
  }

  /** All metrics in the text format of Prometheus, version 0.0.4. @param observed For each bridge. */
  async text(...observed: readonly Observed[]): Promise<string> {
    this.#ofSensors.tell(observed);
    this.#ofControls.tell(observed);
    this.#ofPorts.tell(observed);
    for (const each of observed) this.#tell(each);
    this.#measureProcess();
    return await this.#registry.metrics();
  }

  #tell({ bridge, ...observed }: Observed): void {
    const { eachSensor: _, eachControl: _control, eachPod: _pod, eachPort: _port, ...more } =
      observed;
    const { controls, sensors, omitted, connected, ready, sourceComplete, ...counts } = more;
    const set = (metric: OfType<"gauge">, count: number, value?: string) =>
      this.#set(metric, count, { value, bridge });
    for (const [state, count] of Object.entries(controls)) set("controls", count, state);
    for (const [state, count] of Object.entries(sensors)) set("sensors", count, state);
    for (const [of, count] of Object.entries(omitted)) set("omitted", count, of);
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
