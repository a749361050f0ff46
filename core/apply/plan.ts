/** Computes what a round would change, and changes nothing. Pure. @module */
import { type BridgePort, PLANNED } from "../model/ports/bridge_ports.ts";
import type { Condition } from "../contracts/condition.ts";
import { EMPTY_PLACE, type FarEnd } from "../contracts/mod.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import type { MeterChange } from "../model/flows/meters.ts";
import { DEVICE_INDEX } from "../base/marks.ts";
import type { Model } from "../model/model.ts";
import { formatFlow } from "../openflow/mod.ts";
import { mtuRequest } from "../model/ports/mtu.ts";
import type { PortVerdict } from "../model/ports/verdict.ts";
import type { JudgedPort } from "../model/ports/wanted.ts";
import type { Link } from "../observe/devices.ts";

export interface PortPlan {
  readonly name: string;
  readonly change: "add" | "change" | "remove";
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
  /** The MTU that Sluice asks for, in bytes: the column `mtu_request`. */
  readonly mtu?: number;
  /** The port on another bridge that Sluice makes and removes together with this one. */
  readonly farEnd?: FarEnd;
  /** The number that stands for this port in the planned flows, because Open vSwitch has not given it a number yet. */
  readonly placeholder?: number;
}

/** A port of the owner that leaves the bridge's flooding, or takes part in it again. */
export interface FloodPlan {
  readonly name: string;
  readonly floods: boolean;
}

export interface Plan {
  readonly ports: readonly PortPlan[];
  readonly flooding: readonly FloodPlan[];
  /** Those to be added or changed stand before those to be deleted. */
  readonly meters: readonly MeterChange[];
  readonly flows: readonly FlowChange[];
}

export interface PlanInputs {
  /**
   * Has all objects, the ports of the bridge and the flows of the switch. `plan` adds the planned ports to it as if they
   * existed, so it cannot be used for anything else afterwards.
   */
  readonly model: Model;
  /** The ifindexes of devices that Open vSwitch will have opened: `plan` adds those of planned ports. */
  readonly opened: Set<number>;
  /** The link of a device of the node. */
  readonly link: (device: string) => Link | undefined;
  /** Names of the ports that take part in flooding. */
  readonly flooding: ReadonlySet<string>;
  /** Names of the owner's ports that Sluice has taken out of flooding. */
  readonly floodChanges: readonly string[];
}

/** Placeholders count down from the highest number that a port can have; Open vSwitch counts up from 1. */
const LAST_PLACEHOLDER = EMPTY_PLACE - 1;

const MADE: ReadonlySet<PortVerdict["state"]> = new Set(["add", "change", "renew"]);

/** The changes of ports, of flooding, of meters and of flows that the next round would make. */
export function plan(inputs: PlanInputs): Plan {
  const { model } = inputs;
  const ports: PortPlan[] = [];
  const removed = new Map<string, Condition>();
  for (const [name, judged] of model.judgePorts()) {
    const { verdict } = judged;
    if (verdict.state === "remove" || verdict.state === "renew") {
      ports.push({ ...planned(judged), change: "remove" });
      model.setPort(name, undefined);
    }
    if (verdict.state === "remove") removed.set(name, verdict.condition);
    if (MADE.has(verdict.state)) ports.push(make(judged, inputs));
  }
  model.judgePorts();
  // Such a port is tried again only later.
  for (const [name, condition] of removed) model.refusePort(name, condition);
  model.updateFlows(0);
  const { meters } = model.datapath;
  return {
    ports: [...ports, ...model.leftovers().map((name) => removal(name, model))],
    flooding: floodPlans(inputs),
    meters: [...meters.missing(), ...meters.leftovers()],
    flows: sorted(model.flows.changes()),
  };
}

/** By table, priority and match, so that a plan does not depend on the order of events. */
function sorted(changes: readonly FlowChange[]): FlowChange[] {
  const byNumber = new Intl.Collator("en", { numeric: true }); // Made here: an agent, which plans nothing, needs 4 MB less
  const rows = changes.map((change) => ({ change, text: formatFlow(change.flow) }));
  rows.sort(({ change: { flow: a }, text: one }, { change: { flow: b }, text: other }) =>
    a.table - b.table || b.priority - a.priority || byNumber.compare(one, other)
  );
  return rows.map(({ change }) => change);
}

function planned({ claim: { spec: { name, type, options, farEnd } } }: JudgedPort) {
  return { name, type, options, ...(farEnd && { farEnd }) };
}

/** Plans a port that is to be made or changed, and lets the model have it as if that were done. */
function make(judged: JudgedPort, { model, opened, link }: PlanInputs): PortPlan {
  const port = planned(judged);
  const device = deviceOf(judged);
  if (device !== undefined) opened.add(device);
  const { name, type, options, farEnd } = port;
  const before = model.ports.named(name);
  const own = before ? before.mtu : link(name)?.mtu;
  const mtu = mtuRequest(type, { smallest: model.mtus?.smallest, own });
  // Open vSwitch makes a port of another type anew.
  const placeholder = before?.type === type ? undefined : nextPlaceholder(model);
  model.setPort(name, {
    ...(before ?? { ...NO_ROWS, ...linkState(type, link(name)) }),
    name,
    type,
    options: { ...before?.options, ...options },
    ours: true,
    outOfForwarding: true,
    external_ids: {
      ...before?.external_ids,
      ...(device !== undefined && { [DEVICE_INDEX]: `${device}` }),
    },
    ...(placeholder !== undefined && { ofport: placeholder }),
    ...(mtu === undefined ? own !== undefined && { mtu: own } : { mtu, mtuRequest: mtu }),
  });
  if (farEnd) model.wanted.setFarEnd(name, { ...farEnd, ...NO_ROWS, outOfSpanningTree: true });
  return {
    ...port,
    change: before ? "change" : "add",
    ...(mtu !== undefined && { mtu }),
    ...(placeholder !== undefined && { placeholder }),
  };
}

/** The ifindex of the device that the port is made for, if it is made for one. */
function deviceOf({ verdict }: JudgedPort): number | undefined {
  return "device" in verdict ? verdict.device : undefined;
}

/** The highest number that no port of the model has. */
function nextPlaceholder(model: Model): number {
  const taken = new Set([...model.ports].map(({ ofport }) => ofport));
  let placeholder = LAST_PLACEHOLDER;
  while (taken.has(placeholder)) placeholder--;
  return placeholder;
}

/** Of a device of the node: Sluice does not change its link. Ports of other types are brought up. */
function linkState(type: string, link: Link | undefined): Pick<BridgePort, "linkUp"> {
  return type === "" && link ? { linkUp: link.isUp } : {};
}

function removal(name: string, model: Model): PortPlan {
  const farEnd = model.wanted.farEnd(name);
  const { type, options } = model.ports.named(name) ?? { type: "", options: {} };
  return { name, type, options, change: "remove", ...(farEnd && { farEnd }) };
}

const NO_ROWS = { interfaceUUID: PLANNED, portUUID: PLANNED };

/** What `Flooding` would do to ports that Sluice did not make. Those that it makes never flood. */
function floodPlans({ model, flooding, floodChanges }: PlanInputs): FloodPlan[] {
  const inUse = model.wanted.readyPorts().filter(({ ours }) => !ours).map(({ name }) => name)
    .sort();
  const used = new Set(inUse);
  return [
    ...inUse.filter((name) => flooding.has(name)).map((name) => ({ name, floods: false })),
    ...floodChanges.filter((name) => !used.has(name)).map((name) => ({ name, floods: true })),
  ];
}
