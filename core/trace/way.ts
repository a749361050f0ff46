/** Follows a packet through the switch: out of each sensor, and across each recirculation. @module */
import { LIMITS } from "../base/limits.ts";
import { flowText, packetIn, type Registers, type TracedPacket } from "./packet.ts";
import {
  type ArrivedPacket,
  type IntoSensor,
  PartTeller,
  toldFlow,
  toldPort,
} from "./tell_part.ts";
import type { ToldEvent, ToldStep } from "./told.ts";
import { parseTrace, type TracePart } from "./trace_text.ts";
import type { World } from "./world.ts";

/** Asks Open vSwitch what happens to a packet. */
export type Ask = (bridge: string, flow: string) => Promise<string>;

/** A packet that comes in. */
interface Coming {
  readonly port: string;
  readonly packet: TracedPacket;
  /** The target port of the pair from which it comes back. */
  readonly backFrom?: string;
  readonly registers?: Registers;
}

export interface Followed {
  readonly steps: readonly ToldStep[];
  /** What could not be found out, a sentence each. */
  readonly unknown: readonly string[];
}

/** @param start The port by which the packet comes in first. */
export async function follow(start: Coming, world: World, ask: Ask): Promise<Followed> {
  const steps: ToldStep[] = [];
  const unknown = new Set<string>();
  const waiting: Coming[] = [start];
  for (let next; (next = waiting.shift());) {
    if (steps.length >= LIMITS.traceSteps) {
      unknown.add(`what happens after ${LIMITS.traceSteps} steps: the rest is not followed`);
      break;
    }
    const { step, intoSensors, unknown: open } = await oneStep(next, world, ask);
    steps.push(step);
    for (const each of open) unknown.add(each);
    for (const { target, back, ...into } of intoSensors) {
      if (back === undefined) {
        unknown.add(`by which port it comes back from the sensor at ${target}`);
      } else waiting.push({ port: back, backFrom: target, ...into });
    }
  }
  return { steps, unknown: [...unknown] };
}

interface OneStep {
  readonly step: ToldStep;
  readonly intoSensors: readonly IntoSensor[];
  readonly unknown: readonly string[];
}

async function oneStep(coming: Coming, world: World, ask: Ask): Promise<OneStep> {
  const { port, packet, backFrom, registers } = coming;
  const found = world.ports.named(port);
  if (!found) {
    const gone = [`port ${port} is on no bridge of this Open vSwitch`];
    const from = { bridge: "", port, ofport: 0 };
    return { step: { from, packet, events: [], remarks: gone }, intoSensors: [], unknown: [] };
  }
  const arrival = { ofport: found.ofport, ...(registers && { registers }) };
  const parts = parseTrace(await ask(found.bridge, flowText(packet, arrival)));
  const told = tellParts(parts, { packet, ...arrival }, world);
  return {
    step: {
      from: toldPort(found, world),
      packet,
      ...(backFrom !== undefined && { backFrom }),
      events: told.events,
      remarks: parts.flatMap(({ remarks }) => remarks),
    },
    intoSensors: told.intoSensors,
    unknown: told.unknown,
  };
}

/** What Open vSwitch does not trace: a group or a bond with `dp_hash`. */
const BY_HASH =
  "where the packet goes on: the owner of the bridge has it chosen by a hash that only the datapath makes";

/** Whether something has happened to the packet itself, not only to copies of it. */
const isAnEnd = (event: ToldEvent) =>
  event.what !== "copied" && event.what !== "passed" && !("isOuter" in event);

function tellParts(parts: readonly TracePart[], arrived: ArrivedPacket, world: World) {
  const recirculated = new Map<number, TracedPacket>();
  const tellers = parts.slice(0, LIMITS.traceSteps).map((part) => {
    const before = recirculated.get(part.recirculation) ?? arrived.packet;
    const teller = new PartTeller(part, { ...arrived, packet: packetIn(part.flow, before) }, world);
    for (const [number, each] of teller.done.recirculated) recirculated.set(number, each);
    return teller;
  });
  const events = tellers.flatMap((teller) => teller.events);
  const { lastFlow: flow, lastSaid } = tellers.at(-1) ?? {};
  const followed = new Set(parts.map(({ recirculation }) => recirculation));
  const lost = [...recirculated.keys()].filter((number) => !followed.has(number));
  if (!events.some(isAnEnd) && lost.length === 0) {
    events.push({
      what: "dropped",
      ...(flow && { by: toldFlow(flow, world), ...whyOf(flow, lastSaid, world) }),
    });
  }
  return {
    events,
    intoSensors: tellers.flatMap(({ intoSensors }) => intoSensors),
    unknown: lost.length > 0 ? [BY_HASH] : [],
  };
}

/** In words, for what the flow that drops a packet is there. */
function whyOf(
  flow: Parameters<typeof toldFlow>[0],
  said: string | undefined,
  world: World,
): { readonly why?: string } {
  const row = world.rows.find(flow)?.row;
  if (row) return { why: `${row.matches}: ${row.does}`.replaceAll("`", "") };
  return said === undefined ? {} : { why: said };
}
