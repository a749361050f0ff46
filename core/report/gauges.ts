/** Counts what the model holds at this moment, for /metrics. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, isPlanned } from "../contracts/condition.ts";
import { sensorId } from "../model/choices/sensors.ts";
import type { PortCounts } from "./live_port_counts.ts";
import type { Observed } from "./metrics.ts";
import { type ControlInputs, controlState, type StateInputs } from "./state.ts";

type SensorCounts = Pick<Observed, "sensors" | "passed" | "silent" | "eachSensor">;
type Counts =
  & Pick<Observed, "controls" | "pods" | "selectedPods" | "ports" | "flows" | "omitted">
  & Pick<Observed, "eachControl" | "eachPod" | "eachPort">
  & SensorCounts;
type Inputs = ControlInputs & Pick<StateInputs, "sensorTimes"> & {
  /** By the OpenFlow numbers of ports. */
  readonly portCounts: ReadonlyMap<number, PortCounts>;
};

/** The gauges that follow from the model. A TrafficControl counts as one of realized, refused, pending or planned. */
export function countsOf(inputs: Inputs): Counts {
  const { model } = inputs;
  return {
    controls: countControls(inputs),
    pods: [...model.pods.keys()].length,
    selectedPods: model.selection.countPods(),
    ports: model.wanted.readyPorts().length,
    flows: model.flows.size,
    eachControl: new Map([...inputs.counts].sort(byName).slice(0, LIMITS.controlSeries)),
    eachPod: podSeries(inputs),
    eachPort: portSeries(inputs),
    omitted: omitted(inputs),
    ...countSensors(inputs),
  };
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) =>
  one < other ? -1 : 1;

function podSeries({ model, podCounts }: Inputs): Observed["eachPod"] {
  const all = [...podCounts].sort(byName).flatMap(([name, pods]) =>
    [...pods].sort(byName).map(([key, done]) => ({ name, key, done }))
  );
  return all.slice(0, LIMITS.podSeries).flatMap(({ key, ...more }) => {
    const pod = model.pods.get(key);
    return pod ? [{ ...more, namespace: pod.namespace, pod: pod.name }] : [];
  });
}

function portSeries({ model, portCounts }: Inputs): Observed["eachPort"] {
  const sorted = model.wanted.readyPorts().toSorted((a, b) => a.name < b.name ? -1 : 1);
  return sorted.slice(0, LIMITS.portSeries).flatMap(({ ofport: port }) => {
    const counted = port === undefined ? undefined : portCounts.get(port);
    return counted ? [{ port: port!, ...counted }] : [];
  });
}

/** How many things of each sort are too many for series of their own. */
function omitted({ model, counts, podCounts, portCounts }: Inputs): Observed["omitted"] {
  const beyond = (count: number, most: number) => Math.max(0, count - most);
  const pods = podCounts.values().reduce((sum, { size }) => sum + size, 0);
  const ports = portCounts.size === 0 ? 0 : model.wanted.readyPorts().length;
  return {
    traffic_controls: beyond(counts.size, LIMITS.controlSeries),
    pods: beyond(pods, LIMITS.podSeries),
    sensors: beyond(model.datapath.sensorsInUse.reports().length, LIMITS.sensorSeries),
    ports: beyond(ports, LIMITS.portSeries),
  };
}

function countSensors({ model, sensorTimes }: Inputs): SensorCounts {
  const { sensorsInUse, sensors: { silent } } = model.datapath;
  const reports = sensorsInUse.reports();
  const sensors = { unknown: 0, up: 0, down: 0, overloaded: 0 };
  for (const { state } of reports) sensors[state]++;
  const eachSensor = reports.slice(0, LIMITS.sensorSeries).flatMap((report) => {
    const port = model.ofport(report.target);
    const times = sensorTimes.get(sensorId(report));
    const isUp = report.state === "up" || report.state === "overloaded";
    return port === undefined ? [] : [{ port, isUp, isOpen: report.isOpen, passedBy: 0, ...times }];
  });
  return { sensors, passed: reports.filter(({ isOpen }) => isOpen).length, silent, eachSensor };
}

function whyNot(conditions: readonly Condition[]): "refused" | "pending" | "planned" {
  const hindering = conditions.filter(({ warning }) => !warning);
  if (hindering.length === 0) return "pending";
  return hindering.every(isPlanned) ? "planned" : "refused";
}

function countControls(inputs: ControlInputs): Observed["controls"] {
  const counts = { realized: 0, refused: 0, pending: 0, planned: 0 };
  for (const name of new Set([...inputs.model.controls.keys(), ...inputs.invalid.keys()])) {
    const { realized, conditions } = controlState(name, inputs);
    counts[realized ? "realized" : whyNot(conditions)]++;
  }
  return counts;
}
