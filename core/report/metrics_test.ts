import assert from "node:assert/strict";
import { ALL_METRICS, Metrics, type Observed } from "./metrics.ts";

const NOTHING: Observed = {
  ready: false,
  controls: { realized: 0, refused: 0, pending: 0, planned: 0 },
  pods: 0,
  selectedPods: 0,
  ports: 0,
  flows: 0,
  sensors: { unknown: 0, up: 0, down: 0, overloaded: 0 },
  passed: 0,
  silent: 0,
  eachSensor: [],
  eachControl: new Map(),
  eachPod: [],
  eachPort: [],
  omitted: { traffic_controls: 0, pods: 0, sensors: 0, ports: 0 },
  connected: { ovsdb: false, openflow: false },
  sourceComplete: false,
  issues: 0,
};

/** The values in a text, by series: `name{label="value"}`. */
function series(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const [, name, value] = /^(\S+) (\S+)$/.exec(line)!;
    return [name!, Number(value)];
  }));
}

/** Series that measure this process, or name its version. */
const NEVER_ZERO = /^process_|^sluice_heap|^sluice_build_info/;

Deno.test("each series is there from the start with the value 0, and each metric has its help", async () => {
  const text = await new Metrics("1.2.3").text(NOTHING);
  const values = series(text);
  for (const { name, type, help, label, isOfSensor } of ALL_METRICS) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name);
    if (type === "histogram") assert.equal(values.get(`${name}_count`), 0);
    if (isOfSensor) continue; // as long as there is one
    for (const value of label?.values ?? []) {
      assert.equal(values.get(`${name}{${label!.name}="${value}"}`), 0, name);
    }
  }
  for (const [name, value] of values) if (!NEVER_ZERO.test(name)) assert.equal(value, 0, name);
  assert.equal(values.get('sluice_build_info{version="1.2.3"}'), 1);
  assert.ok(values.get("process_resident_memory_bytes")! > 1e6);
  assert.ok(Math.abs(values.get("process_start_time_seconds")! - Date.now() / 1000) < 3600);
});

Deno.test("names follow Prometheus: counters end in _total, durations are in seconds", () => {
  for (const { name, type } of ALL_METRICS) {
    assert.match(name, /^(sluice|process)_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
  }
});

Deno.test("counters add up, and gauges have the value that was given last", async () => {
  const metrics = new Metrics("1");
  metrics.of().round("ok", 12);
  metrics.of().round("failed", 3000);
  metrics.of().flowsChanged("add", 7);
  metrics.of().connected("ovsdb");
  metrics.of().eventWritten(7);
  await metrics.text({ ...NOTHING, pods: 9 });
  const first = series(await metrics.text({ ...NOTHING, pods: 3, ready: true }));
  const values = series(
    await metrics.text({ ...NOTHING, pods: 3, connected: { ovsdb: true, openflow: false } }),
  );
  const expected = {
    'sluice_rounds_total{result="ok"}': 1,
    'sluice_rounds_total{result="failed"}': 1,
    "sluice_round_duration_seconds_sum": 3.012,
    'sluice_round_duration_seconds_bucket{le="0.02"}': 1,
    "sluice_event_to_flows_seconds_sum": 0.007,
    'sluice_event_to_flows_seconds_bucket{le="0.005"}': 0,
    'sluice_event_to_flows_seconds_bucket{le="0.01"}': 1,
    'sluice_flow_changes_total{command="add"}': 7,
    'sluice_flow_changes_total{command="delete"}': 0,
    'sluice_connections_total{peer="ovsdb"}': 1,
    'sluice_connected{peer="ovsdb"}': 1,
    'sluice_connected{peer="openflow"}': 0,
    "sluice_pods": 3,
    "sluice_ready": 0,
  }; // deno-fmt-ignore
  for (const [name, value] of Object.entries(expected)) assert.equal(values.get(name), value, name);
  assert.equal(first.get("sluice_ready"), 1);
  assert.ok(values.get("process_cpu_seconds_total")! >= first.get("process_cpu_seconds_total")!);
});

Deno.test("each probed sensor has its series, as long as it is there", async () => {
  const metrics = new Metrics("1");
  const transitions = { up: 2, down: 1 };
  const [one, two] = [
    { port: 7, isUp: true, isOpen: false, passedBy: 1500, roundTrip: 0.25, transitions },
    { port: 9, isUp: false, isOpen: true, passedBy: 0 },
  ];
  const first = series(await metrics.text({ ...NOTHING, silent: 3, eachSensor: [one, two] }));
  const ofSensors = (values: Map<string, number>) =>
    [...values].filter(([name]) => name.startsWith("sluice_sensor_") && name.includes("port="));
  assert.deepEqual(ofSensors(first), [
    ['sluice_sensor_up{port="7"}', 1],
    ['sluice_sensor_up{port="9"}', 0],
    ['sluice_sensor_open{port="7"}', 0],
    ['sluice_sensor_open{port="9"}', 1],
    ['sluice_sensor_transitions_total{port="7",state="unknown"}', 0],
    ['sluice_sensor_transitions_total{port="7",state="up"}', 2],
    ['sluice_sensor_transitions_total{port="7",state="down"}', 1],
    ['sluice_sensor_transitions_total{port="7",state="overloaded"}', 0],
    ['sluice_sensor_transitions_total{port="9",state="unknown"}', 0],
    ['sluice_sensor_transitions_total{port="9",state="up"}', 0],
    ['sluice_sensor_transitions_total{port="9",state="down"}', 0],
    ['sluice_sensor_transitions_total{port="9",state="overloaded"}', 0],
    ['sluice_sensor_round_trip_seconds{port="7"}', 0.00025],
    ['sluice_sensor_passed_by_seconds_total{port="7"}', 1.5],
    ['sluice_sensor_passed_by_seconds_total{port="9"}', 0],
  ]);
  assert.equal(first.get("sluice_sensors_silent"), 3);
  const next = { ...one, passedBy: 2500 };
  const second = series(await metrics.text({ ...NOTHING, eachSensor: [next] }));
  assert.deepEqual(ofSensors(second).map(([, value]) => value), [1, 0, 0, 2, 1, 0, 0.00025, 2.5]);
});

Deno.test("each TrafficControl has its series by direction and by what is done, as long as it is there", async () => {
  const metrics = new Metrics("1");
  const count = { packets: 3, bytes: 300 };
  const [a, b] = [{ copied: { egress: count, ingress: count } }, { dropped: { ingress: count } }];
  const told = async (eachControl: ReadonlyMap<string, object>) =>
    [...series(await metrics.text({ ...NOTHING, eachControl }))]
      .filter(([name]) => name.startsWith("sluice_traffic_control_"));
  const of = (unit: string, name: string, direction: string, what: string) =>
    `sluice_traffic_control_${unit}_total{name="${name}",direction="${direction}",what="${what}"}`;
  assert.deepEqual(await told(new Map<string, object>([["a", a], ["b", b]])), [
    [of("packets", "a", "egress", "copied"), 3],
    [of("packets", "a", "ingress", "copied"), 3],
    [of("packets", "b", "ingress", "dropped"), 3],
    [of("bytes", "a", "egress", "copied"), 300],
    [of("bytes", "a", "ingress", "copied"), 300],
    [of("bytes", "b", "ingress", "dropped"), 300],
  ]);
  assert.deepEqual(await told(new Map([["b", b]])), [
    [of("packets", "b", "ingress", "dropped"), 3],
    [of("bytes", "b", "ingress", "dropped"), 300],
  ]);
  assert.deepEqual(await told(new Map()), []);
});

Deno.test("each Pod has its series beside those of its TrafficControl, as long as it is counted", async () => {
  const metrics = new Metrics("1");
  const done = { copied: { egress: { packets: 3, bytes: 300 } } };
  const pod = { name: "m", namespace: "prod", pod: "web", done };
  const ofPods = async (eachPod: Observed["eachPod"]) =>
    [...series(await metrics.text({ ...NOTHING, eachPod }))]
      .filter(([name]) => name.startsWith("sluice_traffic_control_pod_"));
  const labels = '{name="m",namespace="prod",pod="web",direction="egress",what="copied"}';
  assert.deepEqual(await ofPods([pod]), [
    [`sluice_traffic_control_pod_packets_total${labels}`, 3],
    [`sluice_traffic_control_pod_bytes_total${labels}`, 300],
  ]);
  assert.deepEqual(await ofPods([]), []);
});

Deno.test("each port has its series by its number, as long as it is there; what is left out is counted", async () => {
  const metrics = new Metrics("1");
  const port = { port: 7, sent: { packets: 3, bytes: 300 }, received: { packets: 2, bytes: 120 } };
  const ofPorts = (values: Map<string, number>) =>
    [...values].filter(([name]) => name.startsWith("sluice_port_"));
  const omitted = { ...NOTHING.omitted, ports: 4 };
  const first = series(await metrics.text({ ...NOTHING, eachPort: [port], omitted }));
  assert.deepEqual(ofPorts(first), [
    ['sluice_port_sent_packets_total{port="7"}', 3],
    ['sluice_port_sent_bytes_total{port="7"}', 300],
    ['sluice_port_received_packets_total{port="7"}', 2],
    ['sluice_port_received_bytes_total{port="7"}', 120],
  ]);
  assert.equal(first.get('sluice_series_omitted{of="ports"}'), 4);
  assert.deepEqual(ofPorts(series(await metrics.text(NOTHING))), []);
});
