/** Computes what a round would change, and changes nothing. Pure. @module */
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { FarEnd } from "../contracts/mod.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import { DEVICE_INDEX } from "../base/marks.ts";
import type { Model } from "../model/model.ts";
import type { JudgedPort } from "../model/ports/wanted.ts";
import type { PortVerdict } from "../model/ports/verdict.ts";

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
  const ports = [...model.judgePorts()].flatMap(([name, judged]) => planPort(model, name, judged));
  model.judgePorts();
  model.updateFlows(0);
  return {
    ports: [...ports, ...model.leftovers().map((name) => removal(name, model))],
    flows: model.flows.changes().sort(({ flow: a }, { flow: b }) =>
      a.table - b.table || b.priority - a.priority
    ),
  };
}

/** What is done about a port, by the state of its verdict. */
const CHANGES: Readonly<Record<PortVerdict["state"], readonly PortPlan["change"][]>> = {
  add: ["add"],
  change: ["change"],
  remove: ["remove"],
  renew: ["remove", "add"],
  ready: [],
  wait: [],
  refused: [],
};

/** What is done about a port. One that is to be added is in the model from then on. */
function planPort(model: Model, name: string, { claim, verdict }: JudgedPort): PortPlan[] {
  const { type, options, farEnd } = claim.spec;
  return CHANGES[verdict.state].map((change) => {
    const planned = { name, type, options, ...(farEnd && { farEnd }), change };
    if (change !== "add") return planned;
    const placeholder = nextPlaceholder(model);
    const { device } = verdict as { readonly device?: number };
    model.setPort(name, madeUp({ name, type, options }, { ofport: placeholder, device }));
    if (farEnd) model.setFarEnd(name, { ...farEnd, ...NO_ROWS });
    return { ...planned, placeholder };
  });
}

/** The highest number that no port of the model has. */
function nextPlaceholder(model: Model): number {
  const taken = new Set([...model.ports].map(({ ofport }) => ofport));
  let placeholder = LAST_PLACEHOLDER;
  while (taken.has(placeholder)) placeholder--;
  return placeholder;
}

function removal(name: string, model: Model): PortPlan {
  const farEnd = model.wanted.farEnd(name);
  const { type, options } = model.ports.named(name) ?? { type: "", options: {} };
  return { name, type, options, change: "remove", ...(farEnd && { farEnd }) };
}

const NO_ROWS = { interfaceUUID: "", portUUID: "" };

function madeUp(
  spec: Pick<BridgePort, "name" | "type" | "options">,
  { ofport, device }: { readonly ofport: number; readonly device: number | undefined },
): BridgePort {
  return {
    ...spec,
    ofport,
    external_ids: device === undefined ? {} : { [DEVICE_INDEX]: `${device}` },
    ours: true,
    outOfForwarding: true,
    ...NO_ROWS,
  };
}
