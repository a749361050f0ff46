/**
 * What ofproto/trace answers, as data: ovs-vswitchd(8), "ofproto/trace". Pure.
 *
 * The answer has parts: the packet on its way through the tables, then once more for each time that it goes back into the
 * datapath in between (connection tracking, MPLS, bonds). In each part, a table stands before what its flow does, which is
 * further to the right; the last table that a flow sends to stands further to the left than the flow's actions.
 * @module
 */

/** The flow that a packet matched in a table. */
export interface TracedFlow {
  /** Name of the bridge. */
  readonly bridge: string;
  readonly table: number;
  /** As Open vSwitch writes it; empty if the flow matches everything. */
  readonly match: string;
  /** Absent if no flow matched; `match` is then what Open vSwitch says. */
  readonly priority?: number;
  readonly cookie: bigint;
}

/** One thing that happened to the packet. */
export type TraceEvent =
  | { readonly type: "flow"; readonly flow: TracedFlow }
  /** An action of the flow, with what Open vSwitch says about how it went. */
  | {
    readonly type: "action";
    readonly text: string;
    readonly flow: TracedFlow | undefined;
    readonly details: readonly string[];
    /** Why the action did nothing. */
    readonly warnings: readonly string[];
  };

export interface TracePart {
  /** The packet, and what is known of it, as Open vSwitch writes it. */
  readonly flow: string;
  /** The number of the recirculation by which the packet came here; 0 for the first part. */
  readonly recirculation: number;
  readonly events: readonly TraceEvent[];
  /** What the datapath does, as Open vSwitch writes it. */
  readonly datapathActions: string;
  /** What Open vSwitch says at the end, e.g. that the translation failed. */
  readonly remarks: readonly string[];
}

const TABLE = /^(?<indent> *)(?<table>\d+)(?:\([^)]*\))?\. (?<rest>.*)$/;
const MATCHED =
  /^(?:(?<match>.*), )?priority (?<priority>\d+)(?:, cookie 0x(?<cookie>[0-9a-f]+))?$/;
const BRIDGE = /^(?<indent> *)bridge\("(?<name>.*)"\)$/;
const RULE = /^ *-+$/;
const SAID = /^(?<indent> *) (?<sign>->|>>>>|>>) (?<text>.*?)(?: <<<<)?$/;
const RECIRCULATION = /\brecirc_id=(?<hex>0x)?(?<number>[0-9a-f]+)/;

interface Mutable {
  flow: string;
  recirculation: number;
  events: TraceEvent[];
  datapathActions: string;
  remarks: string[];
}

/** What a line further to the right belongs to. */
interface Level {
  readonly indent: number;
  readonly bridge: string;
  /** Absent for the head of a bridge. */
  readonly flow?: TracedFlow;
  /** Of a bridge: where its first table stands. */
  tables?: number;
}

/** Reads one part, line by line. */
class PartReader {
  readonly part: Mutable;
  readonly #levels: Level[] = [];
  #action: { details: string[]; warnings: string[] } | undefined;

  constructor(flow: string) {
    const found = RECIRCULATION.exec(flow)?.groups;
    const recirculation = found ? parseInt(found.number!, found.hex ? 16 : 10) : 0;
    this.part = { flow, recirculation, events: [], datapathActions: "", remarks: [] };
  }

  read(line: string): void {
    const bridge = BRIDGE.exec(line)?.groups;
    if (bridge) return this.#bridge(bridge.indent!.length, bridge.name!);
    if (RULE.test(line)) return;
    const table = TABLE.exec(line)?.groups;
    if (table) return this.#table(table.indent!.length, Number(table.table), table.rest!);
    const said = SAID.exec(line)?.groups;
    if (said) return this.#said(said.sign!, said.text!);
    this.#did(line);
  }

  #bridge(indent: number, bridge: string): void {
    this.#leave(indent);
    this.#levels.push({ indent, bridge });
  }

  /** The table's number takes three columns, of which the first may be a blank. */
  #table(blanks: number, table: number, rest: string): void {
    const indent = blanks - blanks % INDENT;
    this.#leaveForTable(indent);
    const bridge = this.#levels.at(-1)?.bridge ?? "";
    const { match = "", priority, cookie } = MATCHED.exec(rest)?.groups ?? { match: rest };
    const flow: TracedFlow = {
      bridge,
      table,
      match,
      ...(priority !== undefined && { priority: Number(priority) }),
      cookie: BigInt(`0x${cookie ?? "0"}`),
    };
    this.part.events.push({ type: "flow", flow });
    this.#levels.push({ indent, bridge, flow });
    this.#action = undefined;
  }

  #said(sign: string, text: string): void {
    if (sign === "->") this.#action?.details.push(text);
    else if (this.#action) this.#action.warnings.push(text);
    else this.part.remarks.push(text);
  }

  #did(line: string): void {
    const indent = line.length - line.trimStart().length;
    this.#leave(indent);
    this.#action = { details: [], warnings: [] };
    const flow = this.#levels.at(-1)?.flow;
    this.part.events.push({ type: "action", text: line.trim(), flow, ...this.#action });
  }

  /** Leaves all levels that do not stand left of this column. */
  #leave(indent: number): void {
    while (this.#levels.length > 0 && this.#levels.at(-1)!.indent >= indent) {
      if (this.#levels.length === 1 && !this.#levels[0]!.flow) return; // the first bridge stays
      this.#levels.pop();
    }
  }

  /** The first table of a bridge may stand in the column of the bridge's name. */
  #leaveForTable(indent: number): void {
    for (let last; (last = this.#levels.at(-1));) {
      if (!last.flow && last.indent <= indent && (last.tables ??= indent) === indent) return;
      if (last.indent < indent) return;
      this.#levels.pop();
    }
  }
}

/** Columns by which a line stands further to the right than what it belongs to. */
const INDENT = 4;

/** Reads an answer. What it does not know it keeps as an action or a remark. */
export function parseTrace(text: string): TracePart[] {
  const parts: Mutable[] = [];
  let reader: PartReader | undefined;
  let isBetween = false; // two rules of equal signs stand around the head of a part
  for (const line of text.split("\n")) {
    if (/^=+$/.test(line)) isBetween = !isBetween;
    if (isBetween || /^=+$/.test(line)) continue;
    const [, head, rest = ""] = /^(Flow|Final flow|Megaflow|Datapath actions): (.*)$/.exec(line) ??
      [];
    if (head === "Flow") parts.push((reader = new PartReader(rest)).part);
    else if (head === "Datapath actions" && parts.length > 0) parts.at(-1)!.datapathActions = rest;
    else if (head !== undefined) reader = undefined; // the tables of this part are over
    else if (line.trim() === "") continue;
    else if (reader) reader.read(line);
    else parts.at(-1)?.remarks.push(line.trim());
  }
  return parts;
}
