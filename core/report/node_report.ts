/** What has become of the TrafficControls that concern this node. @module */
import type { ControlReport } from "../contracts/mod.ts";
import { type ControlInputs, controlState } from "./state.ts";

/**
 * Those that select a Pod here, and those that are refused, which they are everywhere.
 *
 * @param generationOf `metadata.generation` of an object as it came last.
 */
export function controlReports(
  inputs: ControlInputs,
  generationOf: (name: string) => number | undefined,
): ControlReport[] {
  const { model, invalid } = inputs;
  const names = new Set([...model.controls.keys(), ...invalid.keys()]);
  const concerned = [...names].filter((name) =>
    invalid.has(name) || model.selection.podsOf(name).size > 0
  );
  return concerned.sort().map((name) => {
    const { realized, conditions, pods, target, return: returned } = controlState(name, inputs);
    const generation = generationOf(name);
    return {
      name,
      realized,
      conditions,
      pods: pods.length,
      ports: [target, returned].filter((port) => port !== undefined),
      ...(generation !== undefined && { generation }),
    };
  });
}
