/** The state of a node: that of its bridge, or those of several bridges put together. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Selection } from "../model/pods/selection.ts";
import { controlNames, joinedConditions, nodeControl } from "./node_control.ts";
import { type PodState, readState, type State, type StateInputs } from "./state.ts";

/** What the state of one bridge is read from. */
export interface BridgeStateInputs extends StateInputs {
  readonly bridge: string;
  /** Why ports are still there that nothing needs any more. */
  readonly leftover: Condition | undefined;
}

export interface NodeStateInputs {
  /** One at least. */
  readonly bridges: readonly BridgeStateInputs[];
  readonly selection: Pick<Selection, "podsOf" | "selectsAny">;
}

/** The whole state. It asks OVSDB for the counters of ports. @throws If OVSDB refuses that request. */
export async function readNodeState(inputs: NodeStateInputs): Promise<State> {
  const states = await Promise.all(inputs.bridges.map(stateOf));
  const [first, ...others] = states;
  return others.length === 0 ? first! : joined(states, inputs);
}

async function stateOf({ leftover, ...inputs }: BridgeStateInputs): Promise<State> {
  const state = await readState(inputs);
  return { ...state, conditions: [...state.conditions, ...(leftover ? [leftover] : [])] };
}

const withBridge = <Item extends object>(bridge: string, items: readonly Item[]) =>
  items.map((each) => ({ bridge, ...each }));

function joined(states: readonly State[], inputs: NodeStateInputs): State {
  return {
    ...states[0]!,
    bridge: states.map(({ bridge }) => bridge).join(),
    bridges: states.map(({ bridge, conditions, flows }) => ({ bridge, conditions, flows })),
    conditions: joinedConditions(states, states),
    trafficControls: controlNames(inputs).map((name) => nodeControl(name, inputs)),
    pods: joinedPods(states),
    ports: states.flatMap(({ bridge, ports }) => withBridge(bridge, ports)),
    sensors: states.flatMap(({ bridge, sensors }) => withBridge(bridge, sensors)),
    flows: states.reduce((sum, { flows }) => sum + flows, 0),
  };
}

/** A Pod with a port on one of the bridges has no conditions of those on which it has none. */
function joinedPods(states: readonly State[]): PodState[] {
  const all = states.flatMap(({ bridge, pods }) => pods.map((pod) => ({ bridge, ...pod })));
  const byName = Map.groupBy(all, ({ namespace, name }) => `${namespace}/${name}`);
  return [...byName].sort(([one], [other]) => one < other ? -1 : 1).map(([, everywhere]) => {
    const { namespace, name } = everywhere[0]!;
    const there = everywhere.filter(({ ports }) => ports.length > 0);
    return {
      namespace,
      name,
      ports: there.flatMap(({ bridge, ports }) => withBridge(bridge, ports)),
      conditions: joinedConditions(there.length > 0 ? there : everywhere, everywhere),
    };
  });
}
