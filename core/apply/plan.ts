/** Computes what a round would change, and changes nothing. Pure. @module */
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { FarEnd } from "../contracts/mod.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import type { Model } from "../model/model.ts";

export interface PortPlan {
  readonly name: string;
  readonly change: "add" | "change" | "remove";
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
  /** The port on another bridge that Sluice makes and removes together with this one. */
  readonly farEnd?: FarEnd;
  /** The number that stands for this port in the planned flows, because Open vSwitch has not given it a number yet. */
  readonly placeholder?: number;
}

export interface Plan {
  readonly ports: readonly PortPlan[];
  readonly flows: readonly FlowChange[];
}

/** Placeholders count down from the highest port number below OFPP_MAX (0xff00); Open vSwitch counts up from 1. */
const LAST_PLACEHOLDER = 0xfeff;

/**
 * The changes of ports and of flows that the next round would make.
 *
 * @param model Has all objects, the ports of the bridge and the flows of the switch. This function adds the planned
 * ports to it as if they existed, so it cannot be used for anything else afterwards.
 */
export function plan(model: Model): Plan {
  const ports: PortPlan[] = [];
  for (const [name, { claim, verdict }] of model.judgePorts()) {
    const { type, options, farEnd } = claim.spec;
    const planned = { name, type, options, ...(farEnd && { farEnd }) };
    if (verdict.state === "change") ports.push({ ...planned, change: "change" });
    if (verdict.state === "remove") ports.push({ ...planned, change: "remove" });
    if (verdict.state !== "add") continue;
    const placeholder = LAST_PLACEHOLDER - ports.length;
    ports.push({ ...planned, change: "add", placeholder });
    model.setPort(name, madeUp({ name, type, options }, placeholder));
    if (farEnd) model.setFarEnd(name, { ...farEnd, ...NO_ROWS });
  }
  model.judgePorts();
  model.placePods(0);
  return {
    ports: [...ports, ...model.leftovers().map((name) => removal(name, model))],
    flows: model.flows.changes().sort(({ flow: a }, { flow: b }) =>
      a.table - b.table || b.priority - a.priority
    ),
  };
}

function removal(name: string, model: Model): PortPlan {
  const farEnd = model.wanted.farEnd(name);
  const { type, options } = model.ports.named(name) ?? { type: "", options: {} };
  return { name, type, options, change: "remove", ...(farEnd && { farEnd }) };
}

const NO_ROWS = { interfaceUUID: "", portUUID: "" };

function madeUp(spec: Pick<BridgePort, "name" | "type" | "options">, ofport: number): BridgePort {
  return {
    ...spec,
    ofport,
    external_ids: {},
    ours: true,
    outOfForwarding: true,
    ...NO_ROWS,
  };
}
