/**
 * Copies with a scope. A port gets one copy of each packet: the longest of all that TrafficControls of the sender and of the
 * receiver ask for. So a packet asks for one leg after the other, each of which looks at its filter, and then the best
 * one is sent. All of that is done in a clone, so that nothing of it stays at the packet.
 * @module
 */
import {
  type Leg,
  portMasks,
  type RealizedCopy,
  type Row,
  type RowAction,
} from "../../core/api.ts";
import { copyNumber, sendCopy } from "./_balance.ts";
import { cappedRows, isCapped } from "./_capped.ts";
import { count } from "./_count.ts";
import { COPY_ASKED, REGISTER, STATE, TAG, TAG_LENGTH } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";
import { samplingOf, samplingRows, takenBy } from "./_sampling.ts";

/** How long a copy of whole packets is. The longest cut is shorter, by one. */
const WHOLE = 0x10000;

/** A copy whose leg is asked for. */
export type CopyByLeg = RealizedCopy & { readonly leg: number };

/** The copies to one port, or to one that is chosen. */
export interface CopiesTo {
  readonly number: bigint;
  /** A copy of all packets as a whole, than which no other is better; nothing if there is none. */
  readonly whole?: RealizedCopy;
  readonly legs: readonly CopyByLeg[];
  /** The sender may have legs to the same port. */
  readonly isContended: boolean;
}

const cutOf = ({ scope }: RealizedCopy) => scope?.truncateBytes as number | undefined;
/** Whether all packets are copied, and each as a whole. */
export const isWhole = (copy: RealizedCopy) =>
  copy.filter === undefined && cutOf(copy) === undefined && samplingOf(copy) === undefined &&
  !isCapped(copy);
const byLeg = (copy: RealizedCopy): copy is CopyByLeg => copy.leg !== undefined;

/** Copies by where they go, in the order in which they are given; each leg once. */
export function copiesByPort(copies: readonly RealizedCopy[]): CopiesTo[] {
  const groups = Map.groupBy(copies, copyNumber);
  return [...groups].map(([number, all]) => {
    const whole = all.filter(isWhole).sort((a, b) => a.counter - b.counter)[0];
    return {
      number,
      ...(whole && { whole }),
      legs: [...new Map(all.filter(byLeg).map((copy) => [copy.leg, copy])).values()],
      isContended: all.some(({ isContended }) => isContended),
    };
  });
}

/** Asks for one leg after the other. */
export function askFor({ to }: Rows, legs: readonly CopyByLeg[]): RowAction[] {
  return legs.flatMap(({ leg, filter }) => [
    ...(filter === undefined
      ? [flag(STATE.hit)]
      : [clear(STATE.hit), set(REGISTER.asked, BigInt(filter)), to("Filter")]),
    set(REGISTER.asked, BigInt(leg)),
    to("Leg"),
  ]);
}

const sendBest = ({ to }: Rows): RowAction[] => [set(REGISTER.asked, 0n), to("Leg")];

/**
 * Sends the sender's copy, or that of the receiver to the same port if it is better.
 *
 * @param number That of the copies to this port. @param ask Asks for each of the sender's legs.
 */
export function sendOwnBest(rows: Rows, number: bigint, ask: readonly RowAction[]): RowAction {
  const actions = [
    clear(STATE.untag), // the copy is the packet as the sender sent it
    ...ask,
    set(REGISTER.copy, number | COPY_ASKED),
    rows.to("CopyOnce"),
    ...sendBest(rows),
  ];
  return { type: "clone", actions };
}

/** Sends the receiver's copy. @param ask Asks for each of its legs. */
export function sendReceiversBest(rows: Rows, ask: readonly RowAction[]): RowAction {
  return { type: "clone", actions: [...ask, ...sendBest(rows)] };
}

/** The lengths, as values with masks, than which the leg's is greater. */
function shorter(length: number): [value: bigint, mask: bigint][] {
  if (length === WHOLE) return [[0n, BigInt(WHOLE)]];
  return portMasks(0, length - 1).map(([value, mask]) => [BigInt(value), BigInt(WHOLE | mask)]);
}

/** The actions that send the copy of the best leg. @param tag Bytes of a tag that is removed. */
function send(rows: Rows, copy: RealizedCopy, tag = 0): RowAction[] {
  const cut = cutOf(copy);
  const pop: RowAction[] = tag > 0 ? [{ type: "pop_vlan" }] : [];
  const counter = set(REGISTER.counter, BigInt(copy.counter));
  if (cut === undefined) {
    const whole = sendCopy(rows, copy);
    return [
      counter,
      ...(tag > 0 ? [{ type: "clone", actions: [...pop, ...whole] } as const] : whole),
    ];
  }
  // Open vSwitch cuts the packet before it removes the tag. Without the clone, it may cut the packet itself, too: if the port
  // is a tunnel whose next hop is not known, the cut waits for the next port.
  const output = {
    type: "output",
    port: copy.to[0]!.ofport,
    maxLength: Math.min(cut + tag, WHOLE - 1),
  };
  return [counter, ...count(rows), { type: "clone", actions: [...pop, output as RowAction] }];
}

/** The rows of one leg, whichever treatments have it. */
export function legRows(rows: Rows, leg: Leg): Row[] {
  const { copy } = leg;
  return [
    ...samplingRows(rows, leg),
    ...(isCapped(copy)
      ? [
        ...betterRows(rows, leg),
        ...cappedRows(rows, leg, (tag) => send(rows, copy, tag)),
      ]
      : comparisonRows(rows, leg)),
  ];
}

/** A leg as it is compared with others. */
type Compared = Omit<Leg, "control" | "meter">;

/** The rows that compare a leg without a cap with the best one so far, and that send its copy. */
export function comparisonRows(rows: Rows, leg: Compared): Row[] {
  const { row } = rows;
  const { id, direction, copy } = leg;
  const found = { [REGISTER.asked]: 0, [REGISTER.leg]: id };
  return [
    ...betterRows(rows, leg),
    row(["Leg", "send"], found, send(rows, copy)),
    ...(direction === "egress" ? [] : [
      row(["Leg", "sendTagged"], {
        ...found,
        [REGISTER.state]: [STATE.untag, STATE.untag],
        vlan_vid: [TAG.present, TAG.present],
      }, send(rows, copy, TAG_LENGTH)),
    ]),
  ];
}

function betterRows({ row }: Rows, { id, copy }: Compared): Row[] {
  const length = cutOf(copy) ?? WHOLE;
  const register = isCapped(copy) ? REGISTER.bestCapped : REGISTER.best;
  return shorter(length).map((best) =>
    row(["Leg", "better"], {
      [REGISTER.asked]: id,
      ...(isCapped(copy) && { [REGISTER.best]: 0 }),
      [register]: best,
      ...takenBy(copy),
    }, [set(REGISTER.leg, BigInt(id)), set(register, BigInt(length))])
  );
}

/** The legs of copies, with those of copies of whole packets that must be compared with others. */
export function comparedLegs({ whole, legs }: CopiesTo): readonly CopyByLeg[] {
  return whole && byLeg(whole) ? [whole] : legs;
}
