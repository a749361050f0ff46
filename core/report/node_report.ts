/** Reports on TrafficControls for the sources that publish them. @module */
import type { ControlReport } from "../contracts/mod.ts";
import type { ControlState } from "./state.ts";
import { controlNames, nodeControl, type NodeInputs } from "./node_control.ts";

/**
 * A report on each TrafficControl that selects a Pod of this node, and on each one that is refused, sorted by name. A
 * TrafficControl is refused on every node, whether it selects a Pod there or not.
 *
 * @param generationOf Gives `metadata.generation` of a TrafficControl's newest version, whether that is valid or not.
 */
export function controlReports(
  inputs: NodeInputs,
  generationOf: (name: string) => number | undefined,
): ControlReport[] {
  const { selection } = inputs;
  const { invalid } = inputs.bridges[0]!;
  const concerned = controlNames(inputs)
    .filter((name) => invalid.has(name) || selection.selectsAny(name));
  return concerned.map((name) => {
    const state = nodeControl(name, inputs);
    const { realized, conditions, pods } = state;
    const generation = generationOf(name);
    return {
      name,
      realized,
      conditions,
      pods: pods.length,
      ports: portsOf(state),
      ...(generation !== undefined && { generation }),
    };
  });
}

function portsOf({ bridges, ...state }: ControlState): string[] {
  if (!bridges) return portsIn(state);
  return [...new Set(bridges.flatMap(portsIn))];
}

function portsIn(
  { additionalPorts = [], ...state }: Pick<ControlState, "target" | "return" | "additionalPorts">,
): string[] {
  return [state, ...additionalPorts].flatMap((pair) => [pair.target, pair.return])
    .filter((port) => port !== undefined);
}
