/**
 * From one part of a trace to what is told of it. The walk through the tables says why a packet is sent somewhere, the
 * actions of the datapath say what is really sent, and how it looks then. Both have the same order. Pure.
 * @module
 */
import { carryOut, type Done, type Sent } from "./datapath_actions.ts";
import type { DatapathPort } from "./datapath_ports.ts";
import { Learning } from "./learned.ts";
import { type Output, outputOf } from "./openflow_actions.ts";
import type { Arrival, Registers, TracedPacket } from "./packet.ts";
import type { CountedBy } from "./known_rows.ts";
import { RulesSeen } from "./rules_seen.ts";
import type { ToldEvent, ToldFlow, ToldPort, ToldReason } from "./told.ts";
import type { TracedFlow, TraceEvent, TracePart } from "./trace_text.ts";
import type { World } from "./world.ts";

/** A packet that has gone into a sensor. */
export interface IntoSensor {
  readonly target: string;
  /** Name of the port by which it comes back; absent if that is not known. */
  readonly back?: string;
  readonly packet: TracedPacket;
  /** What flows that the switch learns from it would write into it when it is back. */
  readonly registers: Registers;
}

/** A packet, and how it comes in. */
export interface ArrivedPacket extends Arrival {
  readonly packet: TracedPacket;
}

type ActionEvent = Extract<TraceEvent, { type: "action" }>;

/** A number that Sluice writes into the register of the counter: see table Count. */
const COUNTER_SET = /^set_field:0x([0-9a-f]+)->reg7$/;
const RESUBMITTED = /^resubmit\(,(\d+)\)$/;
/** Rows of table Balance that lead a packet past a redirect. */
const PASSING: readonly string[] = ["open", "none"];

export class PartTeller {
  readonly events: ToldEvent[] = [];
  readonly intoSensors: IntoSensor[] = [];
  readonly done: Done;
  /** The last flow that said where the packet goes. */
  lastFlow: TracedFlow | undefined;
  /** What Open vSwitch says about the last action. */
  lastSaid: string | undefined;
  readonly #world: World;
  readonly #rules = new RulesSeen();
  readonly #learning: Learning;
  /** The counter that counted last; what is sent next is counted by it. */
  #counted: CountedBy | undefined;
  /** The counter that is named for what is done next. */
  #named = 0;
  /** How many of the datapath's outputs are told. */
  #told = 0;
  /** The flow that last sent to ports which it does not name, e.g. by NORMAL; and that of each bridge. */
  #flooding: TracedFlow | undefined;
  readonly #floodingOf = new Map<string, TracedFlow>();

  /** @param arrival How the packet comes in, as the part begins with it. */
  constructor(
    part: TracePart,
    { packet, ofport, registers = new Map() }: ArrivedPacket,
    world: World,
  ) {
    this.#world = world;
    this.#learning = new Learning(packet, ofport, registers);
    this.done = carryOut(part.datapathActions, packet);
    for (const event of part.events) {
      if (event.type === "flow") this.#flow(event.flow);
      else this.#action(event);
    }
    this.#tellUpTo(this.done.sent.length);
  }

  #flow(flow: TracedFlow): void {
    const { rows } = this.#world;
    const known = rows.find(flow);
    if (known) this.#rules.see(known, flow.match);
    const counted = rows.counted(flow);
    if (counted) this.#counted = counted;
    if (!known?.row.counts) this.lastFlow = flow;
    if (counted?.counts === "dropped") this.#dropped(counted);
  }

  #dropped(counted: CountedBy): void {
    this.events.push({ what: "dropped", ...this.#reason(counted) });
    this.#counted = undefined;
  }

  #action(action: ActionEvent): void {
    const { text, flow, details, warnings } = action;
    this.lastSaid = [...warnings, ...details].at(-1);
    const named = COUNTER_SET.exec(text)?.[1];
    if (named !== undefined) this.#named = parseInt(named, 16);
    const table = RESUBMITTED.exec(text)?.[1];
    if (table !== undefined && this.#world.rows.tableName(Number(table)) === "Filter") {
      this.#rules.asks();
    }
    this.#learning.see(text);
    const known = flow && this.#world.rows.find(flow);
    if (known?.table === "Balance" && PASSING.includes(known.row.name) && /^resubmit/.test(text)) {
      this.events.push({ what: "passed", ...reasonFields(this.#world, this.#named) });
    }
    const output = warnings.length > 0 ? undefined : outputOf(text, details);
    if (output !== undefined) this.#output(output, flow);
  }

  #output(output: Output, flow: TracedFlow | undefined): void {
    if (output === "controller") {
      this.events.push({ what: "controller", ...this.#by(flow) });
    } else if (output === "many") this.#floods(flow);
    else this.#outputTo(this.#world.ports.at(flow?.bridge ?? "", output), flow);
  }

  #floods(flow: TracedFlow | undefined): void {
    this.#flooding = flow;
    if (flow) this.#floodingOf.set(flow.bridge, flow);
  }

  /** A patch port has no number: what happens behind it follows. */
  #outputTo(port: DatapathPort | undefined, flow: TracedFlow | undefined): void {
    if (port?.number === undefined) return;
    const { sent } = this.done;
    const at = sent.findIndex((each, index) => index >= this.#told && each.port === port.number);
    if (at < 0) return;
    this.#tellUpTo(at);
    this.#told = at + 1;
    this.#send(sent[at]!, port, flow);
  }

  /** What was sent up to there without a port's number in an action, e.g. by NORMAL. */
  #tellUpTo(end: number): void {
    for (const each of this.done.sent.slice(this.#told, end)) {
      const ports = this.#world.ports.of(each.port, each.tunnel);
      const to = ports.find(({ bridge }) => this.#floodingOf.has(bridge)) ?? ports[0];
      const flow = to && this.#floodingOf.get(to.bridge) || this.#flooding;
      if (to) this.events.push(this.#delivered(each, to, { flow, isNamed: false }));
    }
    this.#told = Math.max(this.#told, end);
  }

  #send(sent: Sent, port: DatapathPort, flow: TracedFlow | undefined): void {
    const counted = this.#counted;
    const back = this.#world.returnOf(port.name);
    const isCopied = counted?.counts === "copied" ||
      !counted && back === undefined && this.#world.controlsAt(port.name).length > 0;
    const isRedirected = counted?.counts === "redirected" || !counted && back !== undefined;
    if (sent.isOuter || !this.#world.rows.isOurs(flow) || !isCopied && !isRedirected) {
      this.events.push(this.#delivered(sent, port, { flow, isNamed: true }));
      return;
    }
    this.#counted = undefined;
    const reason = this.#reason(counted, port.name);
    const to = this.#port(port, sent);
    if (isCopied) this.#copied(sent, { to, reason, flow });
    else this.#redirected(sent, { to, reason, back });
    this.#rules.done();
  }

  #copied(
    { truncated }: Sent,
    { to, reason, flow }: {
      readonly to: ToldPort;
      readonly reason: ToldReason;
      readonly flow: TracedFlow | undefined;
    },
  ): void {
    const row = flow && this.#world.rows.find(flow)?.row.name;
    this.events.push({
      what: "copied",
      ...reason,
      to,
      ...(truncated !== undefined && { truncatedTo: truncated }),
      ...(row?.startsWith("capped") && { isCapped: true as const }),
    });
  }

  #redirected(
    { packet }: Sent,
    { to, reason, back }: {
      readonly to: ToldPort;
      readonly reason: ToldReason;
      readonly back: string | undefined;
    },
  ): void {
    const port = back === undefined ? undefined : this.#world.ports.named(back);
    this.events.push({
      what: "redirected",
      ...reason,
      to,
      ...(port && { back: this.#port(port) }),
    });
    this.intoSensors.push({
      target: to.port,
      ...(back !== undefined && { back }),
      packet,
      registers: new Map(this.#learning.learned),
    });
  }

  #delivered(
    sent: Sent,
    port: DatapathPort,
    { flow, isNamed }: { readonly flow: TracedFlow | undefined; readonly isNamed: boolean },
  ): ToldEvent {
    return {
      what: "delivered",
      to: this.#port(port, sent),
      ...this.#by(flow),
      ...(!isNamed && { byNormal: true as const }),
      ...(sent.isOuter && { isOuter: true as const }),
    };
  }

  #by(flow: TracedFlow | undefined): { readonly by?: ToldFlow } {
    return flow ? { by: toldFlow(flow, this.#world) } : {};
  }

  #port(port: DatapathPort, sent?: Sent): ToldPort {
    return toldPort(port, this.#world, sent?.tunnel);
  }

  /** For which TrafficControl: as the counter says, or else the only one with this target. */
  #reason(counted: CountedBy | undefined, target?: string): ToldReason {
    const rule = this.#rules.current;
    const known = counted ? reasonFields(this.#world, counted.id) : {};
    const [only, ...more] = target === undefined ? [] : this.#world.controlsAt(target);
    return {
      ...(only !== undefined && more.length === 0 && { trafficControl: only }),
      ...known,
      ...(rule !== undefined && { rule }),
    };
  }
}

function reasonFields(world: World, counter: number): ToldReason {
  const reason = world.reasonOf(counter);
  return reason ? { trafficControl: reason.control, direction: reason.direction } : {};
}

export function toldFlow(flow: TracedFlow, { rows }: World): ToldFlow {
  const { bridge, table, match, priority, cookie } = flow;
  return {
    bridge,
    table,
    match,
    ...(priority !== undefined && { priority }),
    cookie: `0x${cookie.toString(16)}`,
    ...(rows.isOurs(flow) && { ofSluice: true as const }),
  };
}

export function toldPort(port: DatapathPort, world: World, tunnel?: string): ToldPort {
  const { bridge, name, ofport, remoteIP = tunnel } = port;
  const pod = world.podAt(name)?.pod;
  return {
    bridge,
    port: name,
    ofport,
    ...(pod !== undefined && { pod }),
    ...(remoteIP !== undefined && { tunnelTo: remoteIP }),
  };
}
