/** The rows of each part of a bridge's flows, as the pipeline writes them. @module */
import type { Row, SwitchPort } from "../../contracts/mod.ts";
import type { PodKey } from "../../objects/types.ts";
import type { BridgePort } from "../ports/bridge_ports.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import {
  type ChoiceState,
  type FindPort,
  type NamedPair,
  NOTHING_KNOWN,
  numberIn,
  realizeChoice,
} from "../choices/choices.ts";
import type { Deliveries } from "./deliveries.ts";
import { earlierState } from "../choices/earlier_state.ts";
import { isCapture, withCaptures } from "./captures.ts";
import { counterID } from "./counters.ts";
import { podCountersOf, realizePodCounter } from "./pod_counters.ts";
import { toFlow } from "./mark_rows.ts";
import { probeOf, type Sensors } from "../choices/sensors.ts";
import type { Flow } from "../../openflow/mod.ts";
import {
  type BridgeFloodPorts,
  FLOOD_PART,
  type FloodReceivers,
  VLAN_PART,
} from "./flood_receivers.ts";
import type { PartsInUse } from "./parts_in_use.ts";
import type { Positions } from "../choices/positions.ts";
import { realize, realizeLeg, realizePair } from "./realize.ts";
import type { UsedPipeline } from "./used_pipeline.ts";

/** Key of the part with the rows that every treatment needs. */
export const BRIDGE_PART = "bridge";

type DatapathPort = Pick<BridgePort, "ofport" | "type" | "options" | "egressDevice" | "mac_in_use">;
/** The ports of the bridge, as flows need them. */
export interface DatapathPorts extends BridgeFloodPorts {
  named(name: string): DatapathPort | undefined;
  local(): DatapathPort | undefined;
}

export interface PartContext {
  readonly pipeline: UsedPipeline;
  readonly used: PartsInUse;
  readonly receivers: FloodReceivers;
  readonly ports: DatapathPorts;
  readonly find: FindPort;
  /** Whether flows may send packets to the port. */
  readonly isReady: (name: string) => boolean;
  /** Whether any treatment is in use, or its packets may still be on their way. */
  readonly inUse: boolean;
  /** Whether ports of Pods that no TrafficControl selects have rows, too. */
  readonly showsUnselected: boolean;
  readonly loops: (ports: readonly string[]) => boolean;
  readonly portsOf: (pod: PodKey) => readonly TreatedPort[];
  readonly deliveries: Pick<Deliveries, "of">;
  readonly positions: Positions;
  readonly sensors: Sensors;
  /** The flow that the switch has in the same place. */
  readonly observed: (flow: Flow) => Flow | undefined;
}

type Render = (context: PartContext, part: string) => readonly Row[];

/** By the first word of the part's key. */
const KINDS: Readonly<Record<string, Render>> = {
  [BRIDGE_PART]: ({ inUse, pipeline }) => inUse ? pipeline.bridge() : [],
  [FLOOD_PART]: floodRows,
  [VLAN_PART]: ({ receivers, pipeline, ports }) =>
    receivers.shareIPs ? pipeline.vlans?.(ports.withVLANs()) ?? [] : [],
  egress: treatmentRows,
  ingress: treatmentRows,
  counter: counterRows,
  leg: legRows,
  filter: filterRows,
  mirror: (context, part) => {
    const name = context.used.mirrors.get(part)?.value;
    return name === undefined ? [] : copyPortRows(context, name);
  },
  choice: (context, part) => choiceRows(context, part, 0),
  pair: pairPartRows,
  pod: (context, part) => {
    const [, pod, port] = part.split(" ");
    return podRows(context, pod!, port!);
  },
};

/** The rows of a part; none if it is not in use. @throws {Error} If the pipeline cannot write them. */
export function rowsOfPart(context: PartContext, part: string): readonly Row[] {
  const rows = KINDS[part.split(" ", 1)[0]!]?.(context, part) ?? [];
  return context.used.isCaptured ? withCaptures(part, rows) : rows;
}

/** The rows that replace those of the part with the next change; nothing if the part has only one form. */
export function otherRowsOfPart(context: PartContext, part: string): readonly Row[] | undefined {
  return context.used.choices.has(part) ? choiceRows(context, part, 1) : undefined;
}

function floodRows({ receivers, ports, used, pipeline }: PartContext): readonly Row[] {
  const realized = receivers.realized();
  if (realized.length === 0) return [];
  return pipeline.flood?.(realized, receivers.ports(ports, used.ports)) ?? [];
}

function treatmentRows({ used, pipeline, find }: PartContext, part: string): readonly Row[] {
  const treatment = used.treatments.get(part)?.value;
  if (!treatment) return [];
  const { direction, combined } = treatment;
  return pipeline.treatment(
    direction,
    realize(combined, direction, {
      find,
      isContended: used.isContended,
      left: used.leftHops(part),
    }),
  );
}

function counterRows({ used, pipeline }: PartContext, part: string): readonly Row[] {
  const counter = used.shared.get(part)?.value.counter;
  if (!counter) return [];
  const { counts, byPod } = counter;
  return pipeline.counter?.({ id: counterID(counter), counts, ...(byPod && { byPod }) }) ?? [];
}

function legRows({ used, pipeline, find }: PartContext, part: string): readonly Row[] {
  const leg = used.shared.get(part)?.value.leg;
  const realized = leg && realizeLeg(leg, find);
  return realized ? pipeline.leg?.(realized) ?? [] : [];
}

function filterRows({ used, pipeline }: PartContext, part: string): readonly Row[] {
  const filter = used.shared.get(part)?.value.filter;
  return filter ? pipeline.filter?.(filter) ?? [] : [];
}

/** Whether the row is about what comes in by the port. By what is no port, nothing does. */
const isFrom = ({ ofport }: SwitchPort, { match: { in_port } }: Row) =>
  in_port?.value === BigInt(ofport);

function copyPortRows({ pipeline, find }: PartContext, name: string): readonly Row[] {
  const port = find(name);
  if (!port) return [];
  const rows = pipeline.copyPort(port);
  return isCapture(name) ? rows.filter((row) => !isFrom(port, row)) : rows;
}

function choiceRows(context: PartContext, part: string, turn: 0 | 1): readonly Row[] {
  const { used, pipeline, sensors, positions } = context;
  const chosen = used.choices.get(part)?.value;
  if (!chosen || !pipeline.choice) return [];
  const places = positions.placesOf(chosen);
  const rows = (state: ChoiceState) => {
    const choice = realizeChoice(chosen, { ...linkedPorts(context), places }, state);
    return choice ? pipeline.choice!(choice, turn) : [];
  };
  if (!sensors.knows(chosen)) {
    const flows = (isOpen: boolean) => rows({ ...NOTHING_KNOWN, isOpen }).map(toFlow);
    const earlier = { closed: flows(false), open: flows(true), observed: context.observed };
    const state = earlierState(places, earlier);
    if (state) sensors.adopt(chosen, state);
  }
  return rows(sensors.stateOf(chosen));
}

function linkedPorts({ ports, find, isReady }: PartContext) {
  // The link of an internal port in another network namespace reads down for ever.
  const knowsLink = (name: string) => ports.named(name)?.type !== "internal";
  return { find, isReady, knowsLink };
}

function pairPartRows(context: PartContext, part: string): readonly Row[] {
  const pair = context.used.pairs.get(part)?.value;
  if (pair) return pairRows(context, pair);
  const drained = context.used.draining.get(part)?.pair;
  return drained ? drainRows(context, drained) : [];
}

function pairRows({ used, pipeline, find }: PartContext, pair: NamedPair): readonly Row[] {
  const realized = realizePair(pair, find);
  if (!realized) return [];
  const hop = used.hopOf(pair);
  const choice = hop && numberIn(hop, find);
  const probe = hop && probeOf(hop);
  return pipeline.pair({
    ...realized,
    ...(choice !== undefined && { choice }),
    ...(probe && { probe }),
  });
}

/** While a pair drains, its packets may come back. If they would loop, both ports get rows that let no packet in. */
function drainRows(context: PartContext, pair: NamedPair): readonly Row[] {
  const ports = [pair.target, pair.return];
  return context.loops(ports)
    ? ports.flatMap((port) => copyPortRows(context, port))
    : pairRows(context, pair);
}

function podRows(context: PartContext, pod: PodKey, name: string): readonly Row[] {
  const { find, portsOf, showsUnselected, pipeline, used } = context;
  const around = { find, isContended: used.isContended };
  const podPort = portsOf(pod).find(({ port }) => port === name);
  const port: SwitchPort | undefined = find(name);
  if (!podPort || !port) return [];
  const { egress, ingress, port: _, ...where } = podPort;
  if (!egress && !ingress && !showsUnselected) return [];
  const counters = podCountersOf(pod, [podPort]).map(realizePodCounter);
  const deliveries = pipeline.type.deliveryRows ? context.deliveries.of(port.ofport) : [];
  return pipeline.podPort({
    ...where,
    ...port,
    ...(egress && { egress: realize(egress, "egress", around) }),
    ...(ingress && { ingress: realize(ingress, "ingress", around) }),
    ...(counters.length > 0 && { counters }),
    ...(deliveries.length > 0 && { deliveries }),
  });
}
