/**
 * The rows of table Balance. A redirect with several sensors, or one that fails open, has a choice: its number is in a
 * register, and what it comes to is in these rows alone. So opening or closing it changes one row, however many Pods it
 * has.
 * @module
 */
import {
  type Choice,
  type Copy,
  EMPTY_PLACE,
  type Hop,
  type Realized,
  type RealizedHop,
  type Row,
  type RowAction,
  type SwitchPort,
} from "../../core/api.ts";
import {
  CHOICE,
  COPY,
  COPY_BY_CHOICE,
  ETHERTYPE,
  FRAGMENT,
  IP_PROTOCOL,
  NO_PORT,
  READ_MARKS,
  REGISTER,
  STATE,
  TAG,
} from "./_layout.ts";
import { beforeChained, isChained } from "./_chained.ts";
import { count } from "./_count.ts";
import { ask, type Whose } from "./_gate.ts";
import { clear, type Rows, set } from "./_rows.ts";

/** The bits of a register in which a port's number stands. */
const PORT_BITS = { start: 0, end: 15 } as const;
const CHOSEN = { field: REGISTER.chosen, ...PORT_BITS };

/** A hop as packets enter it. */
export type EnteredHop = Realized<Hop<SwitchPort>> & {
  /** The filters of its rules, of which one must take the packet; absent if all packets enter. */
  readonly filters?: readonly number[];
};

/** How a hop of a treatment is entered. */
export function entered({ filter, ...hop }: RealizedHop): EnteredHop {
  return { ...hop, ...(filter !== undefined && { filters: [filter] }) };
}

/** What packets that come back from a hop are known by. */
export function numberOf({ choice, pairs }: Pick<RealizedHop, "choice" | "pairs">): number {
  return choice ?? pairs[0]!.return.ofport;
}

/** What a copy is called in `REGISTER.copy`. */
export function copyNumber({ choice, to }: CopyTo): bigint {
  return COPY | (choice === undefined ? BigInt(to[0]!.ofport) : COPY_BY_CHOICE | BigInt(choice));
}

/** Has a port chosen for the packet, and sends it there. */
function choose({ to }: Rows, number: number, bits = 0n): RowAction[] {
  return [set(REGISTER.choice, BigInt(number) | bits), to("Balance")];
}

/** A copy to a port, or to one that is chosen. */
type CopyTo = Pick<Realized<Copy<SwitchPort>>, "choice" | "to">;

/** Sends a copy of the packet, and counts it. The packet itself goes on as it is. */
export function sendCopy(rows: Rows, { choice, to }: CopyTo): RowAction[] {
  return choice === undefined
    ? [...count(rows), { type: "output", port: to[0]!.ofport }]
    : [{ type: "clone", actions: choose(rows, choice) }];
}

/** What is done before the hop with a VLAN tag that the receiver's port removes. */
type TagIs = "kept" | "removed";

/** What the switch learns of the packet: see table Restore. A packet that comes back untagged is known by its pair, too. */
function learn(rows: Rows, hop: EnteredHop, tag: TagIs | undefined): RowAction[] {
  return [
    set(REGISTER.original, 0n),
    ...(tag === "removed" ? [set(REGISTER.copy, BigInt(numberOf(hop)))] : []),
    ...(tag === "kept" ? [clear(STATE.untag)] : []),
    rows.to("Restore"),
  ];
}

/**
 * Sends the packet into a hop. What comes back does not show by which port it came in, so table Restore learns that. If the
 * hop is open, the packet goes on as it is, so nothing of it is changed before.
 *
 * @param options `tag`: absent if the packet has no such tag. `whose`: whose hop it is.
 */
export function sendInto(
  rows: Rows,
  hop: EnteredHop,
  { tag, whose }: { readonly tag?: TagIs; readonly whose: Whose },
): RowAction[] {
  const { filters, counter } = hop;
  if (filters || isChained(hop)) {
    const number = numberOf(hop);
    const bits = (tag === "removed" ? CHOICE.untag : 0n) | (isChained(hop) ? CHOICE.ofChain : 0n);
    return [
      ...(isChained(hop) ? beforeChained(rows, number, whose) : []),
      ...ask(rows, { whose, filters, counter, choice: BigInt(number) | bits }),
    ];
  }
  if (hop.choice === undefined) {
    const output: RowAction = { type: "output", port: hop.pairs[0]!.target.ofport };
    const pop: RowAction[] = tag === "removed" ? [{ type: "pop_vlan" }] : [];
    return [...learn(rows, hop, tag), ...count(rows, hop.counter), ...pop, output];
  }
  return [
    set(REGISTER.counter, BigInt(hop.counter)),
    { type: "clone", actions: learn(rows, hop, tag) },
    ...choose(rows, hop.choice, tag === "removed" ? CHOICE.untag : 0n),
  ];
}

/** The rows that every choice needs. They are part of each choice, so they are there as long as one is. */
function commonRows(rows: Rows): Row[] {
  const { row, to } = rows;
  const made = [CHOICE.made, CHOICE.made] as const;
  const untag = [CHOICE.made | CHOICE.untag, CHOICE.made | CHOICE.untag] as const;
  const output: RowAction = { type: "output_field", from: CHOSEN };
  const ipv6 = { eth_type: ETHERTYPE.ipv6, [REGISTER.choice]: [0n, CHOICE.byAddresses] as const };
  const byAddresses = [
    { type: "set_field", field: REGISTER.choice, ...bit(CHOICE.byAddresses) },
    to("Balance"),
  ] as const;
  return [
    row(
      ["Balance", "sendUntagged"],
      { [REGISTER.choice]: untag, vlan_vid: [TAG.present, TAG.present] },
      [...count(rows), { type: "pop_vlan" }, output],
    ),
    row(["Balance", "send"], { [REGISTER.choice]: made }, [...count(rows), output]),
    row(["Balance", "fragments"], { ...ipv6, ip_frag: FRAGMENT }, byAddresses),
    row(["Balance", "udp"], { ...ipv6, ip_proto: IP_PROTOCOL.udp }, byAddresses),
  ];
}

const bit = (value: bigint) => ({ value, mask: value });

/**
 * Makes the switch look at one bit of the packet mark. Rows that replace each other look at different ones: see the method
 * `choice` of pipelines.
 */
function look(mark: number): RowAction {
  const one = { start: mark, end: mark };
  return {
    type: "move",
    from: { field: "pkt_mark", ...one },
    to: { field: REGISTER.chosen, ...one },
  };
}

/** Lets the packet go on as if it had come back from the hop. */
function pass({ to }: Rows, number: number): RowAction[] {
  return [
    look(READ_MARKS.passes),
    set(REGISTER.choice, 0n),
    set(REGISTER.chosen, 0n),
    { type: "set_field", field: REGISTER.state, value: BigInt(number), mask: STATE.lastPair },
    to("Divert"),
  ];
}

/** Writes the number of one of the ports. */
function chosen({ places, basis, watchesLinks }: Choice, fields: HashFields): RowAction {
  const [only] = places.filter((place) => place !== undefined);
  if (only && !watchesLinks) return set(REGISTER.chosen, BigInt(only.ofport));
  return {
    type: "bundle",
    fields,
    basis,
    algorithm: "hrw",
    members: places.map((place) => place?.ofport ?? EMPTY_PLACE),
    to: CHOSEN,
  };
}
type HashFields = Extract<RowAction, { readonly type: "bundle" }>["fields"];

function chooseRows(rows: Rows, choice: Choice, turn: 0 | 1): Row[] {
  const { row, to } = rows;
  const actions = (fields: HashFields) => [
    look(READ_MARKS.turns[turn]),
    chosen(choice, fields),
    { type: "set_field", field: REGISTER.choice, ...bit(CHOICE.made) } as const,
    to("Balance"),
  ];
  const number = BigInt(choice.number);
  const { byAddresses } = CHOICE;
  if (choice.places.length === 1 || choice.balanceBy === "Addresses") {
    const fields = { [REGISTER.choice]: [number, CHOICE.number] as const };
    return [row(["Balance", "choose"], fields, actions("symmetric_l3"))];
  }
  return [
    row(
      ["Balance", "chooseByAddresses"],
      { [REGISTER.choice]: [number | byAddresses, CHOICE.number | byAddresses] },
      actions("symmetric_l3"),
    ),
    row(
      ["Balance", "choose"],
      { [REGISTER.choice]: [number, CHOICE.number] },
      actions("symmetric_l3l4"),
    ),
  ];
}

/** The rows of one choice. */
export function choiceRows(rows: Rows, choice: Choice, turn: 0 | 1): Row[] {
  const { row } = rows;
  const number = BigInt(choice.number);
  const made = [number | CHOICE.made, CHOICE.number | CHOICE.made] as const;
  return [
    ...commonRows(rows),
    ...chooseRows(rows, choice, turn),
    row(
      ["Balance", "none"],
      { [REGISTER.choice]: made, [REGISTER.chosen]: NO_PORT },
      choice.passesIfNone ? pass(rows, choice.number) : [],
    ),
    ...(choice.isOpen
      ? [
        row(
          ["Balance", "open"],
          { [REGISTER.choice]: [number, CHOICE.number] },
          pass(rows, choice.number),
        ),
      ]
      : []),
    ...(choice.of === "copy" ? copyOnceRows(rows, choiceOfCopy(choice)) : []),
  ];
}

/** The copy that a choice is for. */
function choiceOfCopy({ places, number }: Choice): CopyTo {
  return { to: places.filter((place) => place !== undefined), choice: number };
}

/** The row that sends a copy if the packet has none there yet. */
export function copyOnceRows(rows: Rows, copy: CopyTo, bits = 0n): Row[] {
  const number = { [REGISTER.copy]: copyNumber(copy) | bits };
  return [rows.row(["CopyOnce", "send"], number, sendCopy(rows, copy))];
}

/**
 * The row for all copies of packets with a tag that the receiver's port removes. Only the copy loses it: the packet itself
 * keeps it, and the port removes it.
 */
export function untaggedRow({ row, to }: Rows): Row {
  return row(
    ["CopyOnce", "sendTagged"],
    {
      [REGISTER.copy]: [COPY, COPY],
      [REGISTER.state]: [STATE.untag, STATE.untag],
      vlan_vid: [TAG.present, TAG.present],
    },
    [{ type: "clone", actions: [{ type: "pop_vlan" }, clear(STATE.untag), to("CopyOnce")] }],
  );
}
