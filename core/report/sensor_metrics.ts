/** The metrics that each probed sensor has. @module */
import { Counter, Gauge, type Registry } from "prom-client";
import { type MetricDefinition, OF_BRIDGE } from "./metric_definition.ts";
import type { SensorTimes } from "./sensor_times.ts";

/** Their label. Metrics may be open to the network, so they have numbers of ports and no names. */
export const OF_SENSOR = "port";

export const SENSOR_METRICS = {
  up: {
    name: "sluice_sensor_up",
    type: "gauge",
    help: "1 while the sensor works: its state is up or overloaded.",
    isOfSensor: true,
  },
  open: {
    name: "sluice_sensor_open",
    type: "gauge",
    help: "1 while packets pass by the sensor, as no sensor of its redirect works.",
    isOfSensor: true,
  },
  transitions: {
    name: "sluice_sensor_transitions_total",
    type: "counter",
    help: "How often the sensor has become so, since the agent began to probe it.",
    isOfSensor: true,
    label: { name: "state", values: ["unknown", "up", "down", "overloaded"] },
  },
  roundTrip: {
    name: "sluice_sensor_round_trip_seconds",
    type: "gauge",
    help: "How long the last probe that came back was on its way; absent before the first one.",
    isOfSensor: true,
  },
  passedBy: {
    name: "sluice_sensor_passed_by_seconds_total",
    type: "counter",
    help: "For how long packets have passed by the sensor, as no sensor of its redirect worked.",
    isOfSensor: true,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

const SECOND = 1000;

/** What they say of one sensor. Times are milliseconds. */
export interface SensorSeries extends SensorTimes {
  /** Number of its target port in OpenFlow. */
  readonly port: number;
  readonly isUp: boolean;
  /** Whether packets pass by it. */
  readonly isOpen: boolean;
}

interface BridgeSensors {
  /** One of several bridges. */
  readonly bridge?: string;
  readonly eachSensor: readonly SensorSeries[];
}

export class SensorMetrics {
  readonly #up: Gauge;
  readonly #open: Gauge;
  readonly #transitions: Counter;
  readonly #roundTrip: Gauge;
  readonly #passedBy: Counter;

  /** @param ofBridge Labels that come first. */
  constructor(registry: Registry, ofBridge: readonly string[]) {
    const options = ({ name, help, label }: MetricDefinition) => ({
      name,
      help,
      labelNames: [...ofBridge, OF_SENSOR, ...(label ? [label.name] : [])],
      registers: [registry],
    });
    this.#up = new Gauge(options(SENSOR_METRICS.up));
    this.#open = new Gauge(options(SENSOR_METRICS.open));
    this.#transitions = new Counter(options(SENSOR_METRICS.transitions));
    this.#roundTrip = new Gauge(options(SENSOR_METRICS.roundTrip));
    this.#passedBy = new Counter(options(SENSOR_METRICS.passedBy));
  }

  /** Only sensors that are there now have series: a number may be that of another port later. */
  tell(bridges: readonly BridgeSensors[]): void {
    const all = [this.#up, this.#open, this.#transitions, this.#roundTrip, this.#passedBy];
    for (const metric of all) metric.reset();
    for (const each of bridges) this.#tell(each);
  }

  #tell({ bridge, eachSensor }: BridgeSensors): void {
    const { name: state, values } = SENSOR_METRICS.transitions.label;
    for (const { port, isUp, isOpen, roundTrip, passedBy, transitions = {} } of eachSensor) {
      const labels = {
        ...(bridge !== undefined && { [OF_BRIDGE]: bridge }),
        [OF_SENSOR]: `${port}`,
      };
      this.#up.set(labels, +isUp);
      this.#open.set(labels, +isOpen);
      for (const value of values) {
        this.#transitions.inc({ ...labels, [state]: value }, transitions[value] ?? 0);
      }
      if (roundTrip !== undefined) this.#roundTrip.set(labels, roundTrip / SECOND);
      this.#passedBy.inc(labels, passedBy / SECOND);
    }
  }
}
