/** The table of metrics, without those that each sensor, port or TrafficControl has. @module */
import type { MetricDefinition } from "./metric_definition.ts";

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
  eventDuration: {
    name: "sluice_event_to_flows_seconds",
    type: "histogram",
    help:
      "Time from the arrival of a change of objects until the switch has its flows: of the oldest change in each round that writes flows.",
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
  omitted: {
    name: "sluice_series_omitted",
    type: "gauge",
    help: "Things that have no series of their own here, as there are too many of them.",
    label: { name: "of", values: ["traffic_controls", "pods", "sensors", "ports"] },
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

export type Metric = keyof typeof METRICS;
export type OfType<Type> = {
  [Name in Metric]: (typeof METRICS)[Name] extends { type: Type } ? Name : never;
}[Metric];
export type ValueOf<Name extends Metric> = (typeof METRICS)[Name] extends
  { label: { values: readonly (infer Value)[] } } ? Value : undefined;
