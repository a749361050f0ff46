/** The agent's state as data, which `GET /api/v1/state`, `sluice status` and `sluice plan` show. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Hop } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";
import type { PluginFile } from "../plugin_files/loader.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { type CombinedTreatment, copyPortsOf } from "../model/pods/treatments.ts";
import type { AdditionalPair, Control } from "../objects/types.ts";
import {
  type ControlCounts,
  type CountByDirection,
  packetsOf,
  type PodCounts,
} from "./counters.ts";
import { type PortState, portStates } from "./port_counters.ts";
import { type SensorTimes, type ShownSensor, shownSensors } from "./sensor_times.ts";
import { controlConditions } from "./control_conditions.ts";

export interface ControlState {
  readonly name: string;
  /** Empty if the object is refused and has no last good state. */
  readonly action: string;
  /** Empty as `action` is. */
  readonly direction: string;
  /** Name of the target port. */
  readonly target?: string;
  /** Name of the return port. */
  readonly return?: string;
  /** Names of the ports of `spec.additionalPorts`; absent if there are none. */
  readonly additionalPorts?: readonly AdditionalPair[];
  /** What happens to packets while no sensor works; absent if the object does not say it. */
  readonly failureMode?: string;
  /** Whether all that it asks for is in the datapath. */
  readonly realized: boolean;
  /** `namespace/name` of the selected Pods on this node, sorted. */
  readonly pods: readonly string[];
  readonly conditions: readonly Condition[];
  /** What its targets have got copies of; absent if it copies nothing on this node. */
  readonly copied?: CountByDirection;
  /** What has gone into its pairs; absent if it redirects nothing on this node. */
  readonly redirected?: CountByDirection;
  /** Number of packets that it has dropped; absent if it drops none on this node. */
  readonly dropped?: number;
  /** The same for each Pod, sorted by `pod`; absent without `counters: PerPod`. */
  readonly byPod?: readonly PodCountState[];
  /** Each bridge on which it selects Pods; absent if the agent works on one bridge alone. */
  readonly bridges?: readonly ControlOnBridge[];
}

/** A TrafficControl on one of several bridges. */
export interface ControlOnBridge
  extends
    Omit<ControlState, "name" | "action" | "direction" | "failureMode" | "byPod" | "bridges"> {
  readonly bridge: string;
}

/** What was done to the packets of one Pod for a TrafficControl. */
export interface PodCountState extends Pick<ControlState, "copied" | "redirected" | "dropped"> {
  /** `namespace/name`. */
  readonly pod: string;
}

/** Of several bridges, the one that has it; absent if the agent works on one alone. */
export interface OnBridge {
  readonly bridge?: string;
}

/** One of several bridges. */
export interface BridgeState extends Required<OnBridge>, Pick<State, "conditions" | "flows"> {}

export interface PodState {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly (PortState & OnBridge & {
    readonly macs: readonly string[];
    readonly ips: readonly string[];
    readonly egress?: TreatmentState;
    readonly ingress?: TreatmentState;
  })[];
  readonly conditions: readonly Condition[];
}

export interface PairState {
  readonly target: string;
  readonly return: string;
}

/** What happens to the packets of one direction. Ports are given by their names. */
export interface TreatmentState {
  readonly mirrors: readonly string[];
  readonly redirect?: PairState;
  /** The further pairs among which the redirect chooses; absent if there are none. */
  readonly otherSensors?: readonly PairState[];
  /** The redirects of a chain that come after `redirect`, in this order; absent if there are none. */
  readonly chain?: readonly (PairState & { readonly otherSensors?: readonly PairState[] })[];
  readonly drop?: true;
}

export interface State {
  readonly node?: string;
  /** Name of the bridge; several have commas between them. */
  readonly bridge: string;
  /** Absent if there is one alone. */
  readonly bridges?: readonly BridgeState[];
  /** Conditions of the bridge, and why the last round failed. While the bridge has one, Sluice writes nothing to it. */
  readonly conditions: readonly Condition[];
  readonly trafficControls: readonly ControlState[];
  readonly pods: readonly PodState[];
  /** Target and return ports that are ready. */
  readonly ports: readonly (PortState & OnBridge)[];
  /** The sensors of redirects that are probed. */
  readonly sensors: readonly (ShownSensor & OnBridge)[];
  /** Number of flows that Sluice wants on the switch. Flows that the switch learns do not count. */
  readonly flows: number;
  /** What sources cannot read or write, which objects are refused, and which have two sources; a line each. */
  readonly issues: readonly string[];
  /** The files of the plugin folder. */
  readonly plugins: readonly PluginFile[];
}

/** A weight names a pair several times. */
function hopState({ pairs }: Hop<string>) {
  const named = pairs.map(({ target, return: back }) => ({ target, return: back }));
  const [first, ...others] = new Map(named.map((pair) => [pair.target, pair])).values();
  return { pair: first!, others: others.length > 0 ? { otherSensors: others } : {} };
}

export function treatmentState(treatment: CombinedTreatment): TreatmentState {
  const [redirect, ...chain] = treatment.hops.map(hopState);
  return {
    mirrors: copyPortsOf(treatment),
    ...(redirect && { redirect: redirect.pair, ...redirect.others }),
    ...(chain.length > 0 && { chain: chain.map(({ pair, others }) => ({ ...pair, ...others })) }),
    ...(treatment.drop && { drop: true }),
  };
}

/** The Pods of this node, sorted by namespace and name, each with the ports on which it is found. */
export function podStates(model: Model): PodState[] {
  return [...model.pods.keys()].sort().map((key) => {
    const { namespace, name } = model.pods.get(key)!;
    const treated = model.treatedPod(key);
    const ports = (treated?.ports ?? []).map(({ port, macs, ips, egress, ingress }) => {
      const ofport = model.ofport(port);
      return {
        name: port,
        macs,
        ips,
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
  /** Why Sluice must not write to the bridge now. */
  readonly blockers: readonly Condition[];
  /** Why the last round failed. */
  readonly failure: Condition | undefined;
  /** Conditions of the TrafficControls whose newest version is refused, by name. */
  readonly invalid: ReadonlyMap<string, readonly Condition[]>;
  readonly issues: readonly string[];
  readonly plugins: readonly PluginFile[];
  /** By name of a TrafficControl. */
  readonly counts: ReadonlyMap<string, ControlCounts>;
  readonly podCounts: PodCounts;
  /** By the IDs of probed sensors. */
  readonly sensorTimes: ReadonlyMap<string, SensorTimes>;
  readonly ovsdb: OvsdbSession;
}

/** The whole state. It asks OVSDB for the counters of ports. @throws If OVSDB refuses that request. */
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
    sensors: shownSensors(model.datapath.sensorsInUse.reports(), inputs.sensorTimes),
    flows: model.flows.size,
    issues,
    plugins,
  };
}

export type ControlInputs = Pick<
  StateInputs,
  "model" | "blockers" | "failure" | "invalid" | "counts" | "podCounts"
>;

/** The state of one TrafficControl, also of one that is refused and has no last good state. */
export function controlState(name: string, inputs: ControlInputs): ControlState {
  const { model, blockers, failure, invalid } = inputs;
  const refused = invalid.get(name) ?? [];
  const control = model.controls.get(name);
  if (!control) {
    return { name, action: "", direction: "", realized: false, pods: [], conditions: refused };
  }
  // Warnings about an earlier object say nothing of the one that is refused now
  const own = controlConditions(model, control)
    .filter((each) => refused.length === 0 || !control.conditions.includes(each));
  const { action, direction, targetPort, returnPort } = control.object;
  const ports = ownPorts(control);
  const { failureMode } = control.object.options ?? {};
  const byPod = inputs.podCounts.get(name);
  const stopped = blockers.length > 0 || failure !== undefined;
  return {
    name,
    action,
    direction,
    ...(targetPort && { target: ports[0]! }),
    ...(returnPort && { return: ports.at(-1)! }),
    ...(control.additional && { additionalPorts: control.additional }),
    ...(typeof failureMode === "string" && { failureMode }),
    realized: !stopped && model.readiness.isRealized(control) &&
      [...refused, ...own].every(({ warning }) => warning),
    pods: [...model.selection.podsOf(name)].sort(),
    conditions: [...refused, ...own, ...blockers, ...(failure ? [failure] : [])],
    ...doneState(inputs.counts.get(name)),
    ...(byPod && { byPod: podCountStates(byPod) }),
  };
}

function doneState({ copied, redirected, dropped }: ControlCounts = {}) {
  return {
    ...(copied && { copied }),
    ...(redirected && { redirected }),
    ...(dropped && { dropped: packetsOf(dropped) }),
  };
}

function podCountStates(byPod: ReadonlyMap<string, ControlCounts>): PodCountState[] {
  const sorted = [...byPod].sort(([one], [other]) => one < other ? -1 : 1);
  return sorted.map(([pod, counts]) => ({ pod, ...doneState(counts) }));
}

/** The ports of a TrafficControl without those of `additionalPorts`. The return port, if any, is the last. */
function ownPorts({ ports, additional = [] }: Control): string[] {
  const others = new Set(additional.flatMap((pair) => [pair.target, pair.return]));
  return ports.map(({ spec }) => spec.name).filter((name) => !others.has(name));
}
