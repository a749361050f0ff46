/** Counts what the model holds at this moment, for /metrics. @module */
import type { Observed } from "./metrics.ts";
import { type ControlInputs, controlState } from "./state.ts";

type Counts = Pick<
  Observed,
  "controls" | "pods" | "selectedPods" | "ports" | "flows" | "sensors" | "passed"
>;

/** The gauges that follow from the model. A TrafficControl counts as one of realized, refused or pending. */
export function countsOf(inputs: ControlInputs): Counts {
  const { model } = inputs;
  return {
    controls: countControls(inputs),
    pods: [...model.pods.keys()].length,
    selectedPods: model.selection.countPods(),
    ports: model.wanted.readyPorts().length,
    flows: model.flows.size,
    ...countSensors(model),
  };
}

function countSensors({ datapath }: ControlInputs["model"]): Pick<Counts, "sensors" | "passed"> {
  const reports = datapath.sensorsInUse.reports();
  const sensors = { unknown: 0, up: 0, down: 0, overloaded: 0 };
  for (const { state } of reports) sensors[state]++;
  return { sensors, passed: reports.filter(({ isOpen }) => isOpen).length };
}

function countControls(inputs: ControlInputs): Observed["controls"] {
  const counts = { realized: 0, refused: 0, pending: 0 };
  for (const name of new Set([...inputs.model.controls.keys(), ...inputs.invalid.keys()])) {
    const { realized, conditions } = controlState(name, inputs);
    const isRefused = conditions.some(({ warning }) => !warning);
    counts[realized ? "realized" : isRefused ? "refused" : "pending"]++;
  }
  return counts;
}
