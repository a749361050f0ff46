/** The state of a TrafficControl on all bridges that the agent works on. Pure. @module */
import { canonical } from "../base/canonical.ts";
import { type Condition, isPlanned } from "../contracts/condition.ts";
import type { Selection } from "../model/pods/selection.ts";
import { sumOfCounts } from "./sum_of_counts.ts";
import {
  type ControlInputs,
  type ControlOnBridge,
  type ControlState,
  controlState,
} from "./state.ts";

export interface BridgeInputs extends ControlInputs {
  readonly bridge: string;
}

export interface NodeInputs {
  /** One at least. */
  readonly bridges: readonly BridgeInputs[];
  /** Of the Pods of the node, wherever they have ports. */
  readonly selection: Pick<Selection, "podsOf" | "selectsAny">;
}

/** The names of all TrafficControls, sorted. */
export function controlNames({ bridges }: NodeInputs): string[] {
  const { model, invalid } = bridges[0]!;
  return [...new Set([...model.controls.keys(), ...invalid.keys()])].sort();
}

/** A condition whose message names the bridge. */
export function namingBridge(condition: Condition, bridge: string): Condition {
  const { message } = condition;
  if (message.toLowerCase().includes(`bridge "${bridge.toLowerCase()}"`)) return condition;
  return { ...condition, message: `Bridge ${bridge}: ${message}` };
}

/** What is said of something on one bridge. */
export interface Said {
  readonly bridge: string;
  readonly conditions: readonly Condition[];
}

/** The conditions of some bridges. What all bridges say is said once; all else names its bridge. */
export function joinedConditions(some: readonly Said[], all: readonly Said[]): Condition[] {
  const said = all.map(({ conditions }) => new Set(conditions.map(canonical)));
  const isCommon = (each: Condition) => said.every((set) => set.has(canonical(each)));
  const found = some.flatMap(({ bridge, conditions }) =>
    conditions.map((each) => isCommon(each) ? each : namingBridge(each, bridge))
  );
  return distinct(found);
}

const distinct = (conditions: readonly Condition[]) => [
  ...new Map(conditions.map((each) => [canonical(each), each])).values(),
];

/** Those of the Pods that have a port on none of the bridges, and why. */
export function unplaced(
  pods: readonly string[],
  { bridges }: { readonly bridges: readonly Pick<BridgeInputs, "model">[] },
): { readonly lost: readonly string[]; readonly why: readonly Condition[] } {
  const lost = pods.filter((pod) => !bridges.some(({ model }) => model.pods.hasPort(pod)));
  const why = lost.flatMap((pod) =>
    bridges.flatMap(({ model }) => model.treatedPod(pod)?.conditions ?? [])
  );
  return { lost, why: distinct(why) };
}

/** It is realized if it is on every bridge where it selects Pods, and each of its Pods has a port on one of them. */
export function nodeControl(name: string, inputs: NodeInputs): ControlState {
  const [first, ...others] = inputs.bridges;
  if (others.length === 0) return controlState(name, first!);
  const states = inputs.bridges.map((each) => ({
    bridge: each.bridge,
    ...controlState(name, each),
  }));
  const pods = [...inputs.selection.podsOf(name)].sort();
  const isPending = states.some(({ conditions }) => conditions.some(isPlanned));
  const { lost, why } = unplaced(isPending ? [] : pods, inputs);
  const selecting = states.filter((state) => state.pods.length > 0);
  const concerned = selecting.length > 0 || lost.length > 0 ? selecting : states;
  const hasPlaces = lost.length === 0 || why.length > 0 && why.every(({ warning }) => warning);
  const { bridge: _, ...base } = concerned[0] ?? states[0]!;
  return {
    ...base,
    realized: hasPlaces && concerned.length > 0 && concerned.every(({ realized }) => realized),
    pods,
    conditions: [...joinedConditions(concerned, states), ...why],
    ...sumOfCounts(concerned),
    bridges: selecting.map(onBridge),
  };
}

function onBridge(state: ControlState & { readonly bridge: string }): ControlOnBridge {
  const { name: _, action: _action, direction: _direction, failureMode: _mode, ...more } = state;
  const { byPod: _byPod, bridges: _bridges, ...own } = more;
  return own;
}
