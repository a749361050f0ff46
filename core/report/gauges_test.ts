/** What is counted of the TrafficControls and sensors of a node. */
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { DEFAULT_PROBE, type SensorState } from "../contracts/mod.ts";
import { control, internal } from "../model/testing/fixtures.ts";
import { countsOf } from "./gauges.ts";
import { SmallNode } from "./testing/small_node.ts";

/** A node with a redirect through so many sensors, which are probed. */
function nodeWith(count: number): SmallNode {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  const pairs = Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(4, "0");
    return { target: `in${number}`, return: `out${number}` };
  });
  const names = pairs.flatMap((pair) => [pair.target, pair.return]);
  for (const name of names) node.port(name);
  const hop = { pairs, scope: { healthProbe: DEFAULT_PROBE } };
  node.control(control("r", "1", { treatment: { hops: [hop] }, specs: names.map(internal) }));
  node.round();
  return node;
}

const countsIn = ({ model }: SmallNode, sensorTimes = new Map()) =>
  countsOf({
    model,
    sensorTimes,
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map(),
    podCounts: new Map(),
    portCounts: new Map(),
  });

Deno.test("each sensor has its values, by the number of its target port", () => {
  const node = nodeWith(2);
  const judge = (number: string, state: SensorState) =>
    node.model.datapath.judgeSensor(`in${number} out${number}`, { state, evidence: "" });
  judge("0000", "overloaded");
  judge("0001", "down");
  node.model.datapath.sensors.setSilence("x y", "none came back");
  const times = new Map([["in0000 out0000", { roundTrip: 2, passedBy: 7 }]]);
  const { eachSensor, sensors, silent } = countsIn(node, times);
  assert.deepEqual(eachSensor, [
    { port: node.model.ofport("in0000"), isUp: true, isOpen: false, roundTrip: 2, passedBy: 7 },
    { port: node.model.ofport("in0001"), isUp: false, isOpen: false, passedBy: 0 },
  ]);
  assert.deepEqual([sensors, silent], [{ unknown: 0, up: 0, down: 1, overloaded: 1 }, 1]);
});

Deno.test("a TrafficControl whose time is over is not refused: nobody has to do anything about it", () => {
  const node = nodeWith(1);
  node.control({ ...control("over", "2", { treatment: {} }), period: { until: 1 } });
  node.round();
  assert.deepEqual(countsIn(node).controls, { realized: 1, refused: 0, pending: 0, planned: 1 });
});

Deno.test("only so many sensors have values of their own; all are counted", () => {
  const { eachSensor, sensors, omitted } = countsIn(nodeWith(LIMITS.sensorSeries + 1));
  assert.equal(omitted.sensors, 1);
  assert.equal(eachSensor.length, LIMITS.sensorSeries);
  assert.equal(sensors.unknown, LIMITS.sensorSeries + 1);
});

Deno.test("only so many TrafficControls have counters of their own in the metrics, the first by name", () => {
  const names = Array.from(
    { length: LIMITS.controlSeries + 1 },
    (_, index) => `c${String(index).padStart(4, "0")}`,
  );
  const { model } = new SmallNode();
  const { eachControl, omitted } = countsOf({
    model,
    sensorTimes: new Map(),
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map(names.toReversed().map((name) => [name, {}])),
    podCounts: new Map(),
    portCounts: new Map(),
  });
  assert.deepEqual([...eachControl.keys()], names.slice(0, -1));
  assert.equal(omitted.traffic_controls, 1);
});

Deno.test("only so many Pods have counters of their own in the metrics, the first by name", () => {
  const node = new SmallNode();
  const names = Array.from(
    { length: LIMITS.podSeries + 1 },
    (_, index) => `p${String(index).padStart(4, "0")}`,
  );
  for (const name of names) node.pod(name, "02:00:00:00:00:01");
  const counted = new Map(names.toReversed().map((name) => [`default/${name}`, {}]));
  const { eachPod, omitted } = countsOf({
    model: node.model,
    sensorTimes: new Map(),
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map(),
    podCounts: new Map([["m", counted]]),
    portCounts: new Map(),
  });
  const named = names.slice(0, -1).map((pod) => ({
    name: "m",
    namespace: "default",
    pod,
    done: {},
  }));
  assert.deepEqual(eachPod, named);
  assert.equal(omitted.pods, 1);
});

Deno.test("only so many ports have counters of their own in the metrics; what is omitted is counted", () => {
  const node = nodeWith(LIMITS.portSeries / 2 + 1);
  const ports = node.model.wanted.readyPorts();
  assert.equal(ports.length, LIMITS.portSeries + 2);
  const one = { packets: 1, bytes: 60 };
  const counted = (number: number) => ({ sent: { ...one, packets: number }, received: one });
  const portCounts = new Map(ports.map(({ ofport }) => [ofport!, counted(ofport!)]));
  const inputs = {
    model: node.model,
    sensorTimes: new Map(),
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map(),
    podCounts: new Map(),
  };
  const { eachPort, omitted } = countsOf({ ...inputs, portCounts });
  assert.equal(eachPort.length, LIMITS.portSeries);
  assert.equal(omitted.ports, 2);
  const [first] = eachPort; // by name
  assert.deepEqual(first, { port: node.model.ofport("in0000"), ...counted(first!.port) });
  const unread = countsOf({ ...inputs, portCounts: new Map() });
  assert.deepEqual([unread.eachPort, unread.omitted.ports], [[], 0]);
});
