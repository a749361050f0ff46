/** What the agent does, as data: `GET /api/v1/state`, `sluice status` and `sluice plan` show it. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import type { PluginFile } from "../plugin_files/loader.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { type CombinedTreatment, copyPortsOf, pairsOf } from "../model/pods/treatments.ts";
import { type PortState, portStates } from "./port_counters.ts";
import { controlConditions } from "./control_conditions.ts";

export interface ControlState {
  readonly name: string;
  readonly action: string;
  readonly direction: string;
  readonly target?: string;
  readonly return?: string;
  /** All that it asks for is in the datapath. */
  readonly realized: boolean;
  /** `namespace/name` of the selected Pods on this node. */
  readonly pods: readonly string[];
  readonly conditions: readonly Condition[];
  /** Packets that it dropped, together with others that do exactly the same; since the first of them is in the datapath. */
  readonly dropped?: number;
}

export interface PodState {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly (PortState & {
    readonly macs: readonly string[];
    readonly egress?: TreatmentState;
    readonly ingress?: TreatmentState;
  })[];
  readonly conditions: readonly Condition[];
}

export interface TreatmentState {
  readonly mirrors: readonly string[];
  readonly redirect?: { readonly target: string; readonly return: string };
  readonly drop?: true;
}

export interface State {
  readonly node?: string;
  readonly bridge: string;
  /** Conditions of the bridge: nothing is written while there is one. */
  readonly conditions: readonly Condition[];
  readonly trafficControls: readonly ControlState[];
  readonly pods: readonly PodState[];
  /** Ports that Sluice made or uses. */
  readonly ports: readonly PortState[];
  readonly flows: number;
  /** What is wrong with files: `file:line: message`. */
  readonly issues: readonly string[];
  /** Files of the plugin folder. */
  readonly plugins: readonly PluginFile[];
}

export function treatmentState(treatment: CombinedTreatment): TreatmentState {
  const [redirect] = pairsOf(treatment);
  return {
    mirrors: copyPortsOf(treatment),
    ...(redirect && { redirect }),
    ...(treatment.drop && { drop: true }),
  };
}

export function podStates(model: Model): PodState[] {
  return [...model.pods.keys()].sort().map((key) => {
    const { namespace, name } = model.pods.get(key)!;
    const treated = model.treatedPod(key);
    const ports = (treated?.ports ?? []).map(({ port, macs, egress, ingress }) => {
      const ofport = model.ofport(port);
      return {
        name: port,
        macs,
        ...(ofport !== undefined && { ofport }),
        ...(egress && { egress: treatmentState(egress) }),
        ...(ingress && { ingress: treatmentState(ingress) }),
      };
    });
    return { namespace, name, ports, conditions: treated?.conditions ?? [] };
  });
}

export interface StateInputs {
  readonly model: Model;
  readonly config: { readonly bridge: string; readonly node?: string };
  readonly blockers: readonly Condition[];
  readonly failure: Condition | undefined;
  readonly invalid: ReadonlyMap<string, readonly Condition[]>;
  readonly issues: readonly string[];
  readonly plugins: readonly PluginFile[];
  /** Packets, by TrafficControl. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly ovsdb: OvsdbSession;
}

export async function readState(inputs: StateInputs): Promise<State> {
  const { model, config, blockers, failure, invalid, issues, plugins } = inputs;
  const conditions = [...blockers, ...(failure ? [failure] : [])];
  const names = new Set([...model.controls.keys(), ...invalid.keys()]);
  return {
    ...(config.node !== undefined && { node: config.node }),
    bridge: config.bridge,
    conditions,
    trafficControls: [...names].sort().map((name) => controlState(name, inputs)),
    pods: podStates(model),
    ports: await portStates(inputs),
    flows: model.flows.size,
    issues,
    plugins,
  };
}

export type ControlInputs = Pick<
  StateInputs,
  "model" | "blockers" | "failure" | "invalid" | "dropped"
>;

export function controlState(name: string, inputs: ControlInputs): ControlState {
  const { model, blockers, failure, invalid, dropped: counts } = inputs;
  const refused = invalid.get(name) ?? [];
  const control = model.controls.get(name);
  if (!control) {
    return { name, action: "", direction: "", realized: false, pods: [], conditions: refused };
  }
  // Warnings about an earlier object say nothing of the one that is refused now
  const own = controlConditions(model, control)
    .filter((each) => refused.length === 0 || !control.conditions.includes(each));
  const { action, direction, targetPort, returnPort } = control.object;
  const ports = control.ports.map(({ spec }) => spec.name); // the return port, if any, is the last
  const dropped = counts.get(name);
  const stopped = blockers.length > 0 || failure !== undefined;
  return {
    name,
    action,
    direction,
    ...(targetPort && { target: ports[0]! }),
    ...(returnPort && { return: ports.at(-1)! }),
    realized: !stopped && model.readiness.isRealized(control) &&
      [...refused, ...own].every(({ warning }) => warning),
    pods: [...model.selection.podsOf(name)].sort(),
    conditions: [...refused, ...own, ...blockers, ...(failure ? [failure] : [])],
    ...(dropped !== undefined && { dropped }),
  };
}
