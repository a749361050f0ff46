/**
 * A small model of Open vSwitch. It passes a packet through rows as ovs-actions(7) describes, and reports what happened
 * to the packet. It keeps no state but the flows that it learns.
 * @module
 */
import { EMPTY_PLACE, type Row, type RowAction } from "../../contracts/mod.ts";
import { flowKey, type LearnSpec, match, PORT } from "../../openflow/mod.ts";
import { DELIVERY_TABLE, type Owner } from "./owner.ts";
import { matches, type Packet, readBits, withBits, withValue } from "./packet.ts";

/** The bridge's own table 0, where packets enter. */
const BRIDGE_TABLE = 0;
/** Limits of Open vSwitch: MAX_DEPTH and MAX_RESUBMITS in ofproto-dpif-xlate.c. */
const DEEPEST = 64;
const MOST_RESUBMITS = 4096;
/** The bit of `vlan_vid` that is set if there is a tag: OpenFlow 1.5.1 section 7.2.3.8. */
const TAG_PRESENT = 0x1000n;

/** What `bundle` writes if no port has a link: OFPP_NONE in OpenFlow 1.0. */
const NO_PORT = 0xffff;

export interface Output {
  readonly port: number;
  readonly packet: Packet;
}

/** What happened to one packet. */
export interface Seen {
  readonly outputs: readonly Output[];
  /** The packet as the bridge's own flows in table 0 get it, once for each time that they get it. */
  readonly handedBack: readonly Packet[];
  /** The rows that the packet passed. */
  readonly rows: readonly Row[];
}

/** The suite cannot follow a packet: an action is unknown to it, or the packet's way does not end. */
export class UnfollowableError extends Error {
  override readonly name = "UnfollowableError";

  /** @param what What the packet does, as the end of a sentence that begins with "it". */
  constructor(readonly what: string) {
    super(`Cannot follow a packet: it ${what}`);
  }
}

const unfollowable = (what: string) => new UnfollowableError(what);

type ActionOf<Type extends RowAction["type"]> = Extract<RowAction, { readonly type: Type }>;

export class TestSwitch {
  readonly #tables = new Map<number, Row[]>();

  /** @param owner What it does with packets that are handed back; if absent, that is not looked at. */
  constructor(rows: readonly Row[], readonly owner?: Pick<Owner, "delivers">) {
    const distinct = new Map(rows.map((row) => [flowKey(row), row]));
    for (const row of distinct.values()) this.add(row);
  }

  add(row: Row): void {
    const key = flowKey(row);
    const others = (this.#tables.get(row.table) ?? []).filter((each) => flowKey(each) !== key);
    this.#tables.set(row.table, [...others, row].sort((a, b) => b.priority - a.priority));
  }

  find(table: number, packet: Packet): Row | undefined {
    return this.#tables.get(table)?.find((row) => matches(packet, row.match));
  }

  /**
   * Passes a packet that comes in by its `in_port` through the rows.
   *
   * @throws {UnfollowableError} If the suite cannot follow the packet to its end.
   */
  send(packet: Packet): Seen {
    const passage = new Passage(this, packet);
    passage.enter(BRIDGE_TABLE);
    return passage;
  }
}

/** One packet on its way through the tables. */
class Passage implements Seen {
  readonly outputs: Output[] = [];
  readonly handedBack: Packet[] = [];
  readonly rows: Row[] = [];
  readonly #switch: TestSwitch;
  packet: Packet;
  table = BRIDGE_TABLE;
  #depth = 0;
  #resubmits = 0;

  constructor(at: TestSwitch, packet: Packet) {
    this.#switch = at;
    this.packet = packet;
  }

  /** Looks the packet up in a table, and runs the actions of the row. @param port Used in place of its `in_port`. */
  enter(table: number, port?: number): void {
    if (this.#depth > DEEPEST || ++this.#resubmits > MOST_RESUBMITS) {
      throw unfollowable(`goes round in circles, the last time in table ${table}`);
    }
    const { packet } = this;
    const looked = port === undefined
      ? packet
      : withValue(packet, "in_port", { value: BigInt(port) });
    const row = this.#switch.find(table, looked);
    if (!row && table === BRIDGE_TABLE) this.#handBack(packet);
    if (!row) return;
    this.rows.push(row);
    const before = this.table;
    this.table = table;
    this.#depth++;
    this.act(row.actions);
    this.#depth--;
    this.table = before;
  }

  #handBack(packet: Packet): void {
    const delivered = this.#switch.owner?.delivers(packet);
    if (!delivered) return void this.handedBack.push(packet);
    this.packet = delivered;
    this.enter(DELIVERY_TABLE);
    this.packet = packet;
  }

  act(actions: readonly RowAction[]): void {
    for (const action of actions) {
      const step = STEPS[action.type] as Step<RowAction["type"]> | undefined;
      if (!step) {
        throw unfollowable(`meets action "${action.type}", which the suite cannot follow`);
      }
      step(this, action as never);
    }
  }

  /** Sends the packet out. Open vSwitch sends no packet back by the port that it came in by. */
  output(port: number): void {
    const isThere = port !== EMPTY_PLACE && BigInt(port) !== this.packet.in_port;
    if (isThere) this.outputs.push({ port, packet: this.packet });
  }

  learn({ table, priority, specs }: ActionOf<"learn">): void {
    let wanted: Packet = {};
    let masks: Packet = {};
    const actions: RowAction[] = [];
    for (const spec of specs) {
      const value = "from" in spec ? readBits(this.packet, spec.from) : spec.value;
      if (spec.type === "match_field" || spec.type === "match_value") {
        wanted = withBits(wanted, spec.to, value);
        masks = withBits(masks, spec.to, -1n);
      } else actions.push(learned(spec, value));
    }
    const fields = Object.entries(wanted).map(([name, value]) =>
      [name, [value, masks[name]!] as const] as const
    );
    this.#switch.add({ table, priority, match: match(Object.fromEntries(fields)), actions });
  }
}

type LearnedAction = Extract<LearnSpec, { readonly type: "load_field" | "load_value" | "output" }>;
function learned(spec: LearnedAction, value: bigint): RowAction {
  return spec.type === "output"
    ? { type: "output", port: Number(value) }
    : { type: "load", value, to: spec.to };
}

type Step<Type extends RowAction["type"]> = (
  passage: Passage,
  action: ActionOf<Type> & { readonly type: Type },
) => void;

/** Actions write a port's number in 16 bits; a match has the 32 bits of OpenFlow 1.5: section 7.2.1.2. */
const portIn16Bits = (value: bigint) => value === BigInt(NO_PORT) ? BigInt(PORT.ANY) : value;

/** The actions that the suite can follow. */
const STEPS: { readonly [Type in RowAction["type"]]?: Step<Type> } = {
  output: (passage, { port }) => passage.output(port),
  output_field: (passage, { from }) => passage.output(Number(readBits(passage.packet, from))),
  set_field: (passage, { field, value, mask }) => {
    passage.packet = withValue(passage.packet, field, {
      value: field === "in_port" ? portIn16Bits(value) : value,
      ...(mask !== undefined && { mask }),
    });
  },
  load: (passage, { to, value }) => {
    passage.packet = withBits(passage.packet, to, value);
  },
  move: (passage, { from, to }) => {
    passage.packet = withBits(passage.packet, to, readBits(passage.packet, from));
  },
  push_vlan: (passage) => {
    passage.packet = withValue(passage.packet, "vlan_vid", { value: TAG_PRESENT });
  },
  pop_vlan: (passage) => {
    passage.packet = { ...passage.packet, vlan_vid: 0n, vlan_pcp: 0n };
  },
  resubmit: (passage, { table, port }) => passage.enter(table ?? passage.table, port),
  goto_table: (passage, { table }) => passage.enter(table),
  clone: (passage, { actions }) => {
    const { packet } = passage;
    passage.act(actions);
    passage.packet = packet;
  },
  learn: (passage, action) => passage.learn(action),
  // Any of the ports may be the one: a pipeline must not rely on which it is.
  bundle: (passage, { members, to }) => {
    const member = members.find((port) => port < EMPTY_PLACE) ?? NO_PORT;
    if (to) passage.packet = withBits(passage.packet, to, BigInt(member));
    else if (member !== NO_PORT) passage.output(member);
  },
  // The hash may be any number: this one takes the packet if a pipeline samples.
  multipath: (passage, { to }) => {
    passage.packet = withBits(passage.packet, to, 0n);
  },
  meter: () => {}, // it lets the packet pass
  note: () => {},
};
