/** Reports on TrafficControls for the sources that publish them. @module */
import type { ControlReport } from "../contracts/mod.ts";
import { type ControlInputs, controlState } from "./state.ts";

/**
 * A report on each TrafficControl that selects a Pod of this node, and on each one that is refused, sorted by name. A
 * TrafficControl is refused on every node, whether it selects a Pod there or not.
 *
 * @param generationOf Gives `metadata.generation` of a TrafficControl's newest version, whether that is valid or not.
 */
export function controlReports(
  inputs: ControlInputs,
  generationOf: (name: string) => number | undefined,
): ControlReport[] {
  const { model, invalid } = inputs;
  const names = new Set([...model.controls.keys(), ...invalid.keys()]);
  const concerned = [...names].filter((name) =>
    invalid.has(name) || model.selection.selectsAny(name)
  );
  return concerned.sort().map((name) => {
    const state = controlState(name, inputs);
    const { realized, conditions, pods, additionalPorts = [] } = state;
    const generation = generationOf(name);
    return {
      name,
      realized,
      conditions,
      pods: pods.length,
      ports: [state, ...additionalPorts].flatMap((pair) => [pair.target, pair.return])
        .filter((port) => port !== undefined),
      ...(generation !== undefined && { generation }),
    };
  });
}
