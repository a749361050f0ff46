/** What a round would change, without changing it. @module */
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { FarEnd } from "../contracts/mod.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import type { Model } from "../model/model.ts";

export interface PortPlan {
  readonly name: string;
  readonly change: "add" | "change" | "remove";
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
  /** The second port that is made and removed with it. */
  readonly farEnd?: FarEnd;
  /** What stands for the number that Open vSwitch will give it, in the flows below. */
  readonly placeholder?: number;
}

export interface Plan {
  readonly ports: readonly PortPlan[];
  readonly flows: readonly FlowChange[];
}

/** Numbers that Open vSwitch does not give by itself: it counts from 1 (OFPP_MAX is 0xff00). */
const LAST_PLACEHOLDER = 0xfeff;

/**
 * @param model Knows objects and ports, and has observed the flows. It is of no use afterwards: ports
 * that do not exist yet are made up in it.
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
  model.updateFlows(0);
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
