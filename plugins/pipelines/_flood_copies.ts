/**
 * The copies of packets that the bridge sends to many Pods. A mirror gets one copy if a Pod that receives the packet has the
 * mirror. The sender does not receive it, so what it alone asks for does not count: such a leg has a row in table Leg, and
 * a copy of whole packets one in table CopyOnce. No row names the legs of all Pods but one, as there would be one for each.
 * @module
 */
import type { FloodReceiver, RealizedCopy, Row } from "../../core/api.ts";
import { copyNumber } from "./_balance.ts";
import { MULTICAST, REGISTER } from "./_layout.ts";
import { askForAll } from "./_leg_lists.ts";
import {
  copiesByPort,
  type CopiesTo,
  type CopyByLeg,
  isWhole,
  sendReceiversBest,
} from "./_legs.ts";
import type { Rows } from "./_rows.ts";

/** The Pods' ports to which the bridge sends the packets of a VLAN. */
export interface Flood {
  /** The VLAN as the register says it. */
  readonly tag: bigint;
  /** Absent for packets of VLANs that no receiver names. */
  readonly vlan?: number;
  readonly receivers: readonly FloodReceiver[];
}

/** What one copy of a flood's packets is for. */
export interface Mirrored extends CopiesTo {
  readonly receivers: readonly FloodReceiver[];
  /** The only receiver that asks for copies of whole packets, and the legs of the others, which count for what it sends. */
  readonly wholeOfOne?: { readonly sender: FloodReceiver; readonly others: readonly CopyByLeg[] };
  /** By leg, if each packet asks for it: the only receiver that has it. */
  readonly legsOfOne: ReadonlyMap<number, FloodReceiver>;
}

/** A flood and its copies. */
export interface Copied {
  readonly flood: Flood;
  readonly mirrors: readonly Mirrored[];
}

/** By name, as numbers of ports may be others after a restart of the switch. */
const inOrder = (copies: readonly RealizedCopy[]) =>
  [...copies].sort((a, b) => a.to[0]!.name < b.to[0]!.name ? -1 : 1);

const copiesOf = (receivers: readonly FloodReceiver[]) =>
  copiesByPort(inOrder(receivers.flatMap(({ ingress }) => ingress.copies)));

/** The copies of a flood's packets. */
export function mirrored({ receivers }: Flood): Mirrored[] {
  const all = copiesOf(receivers);
  const byNumber = new Map(all.map(({ number }) => [number, [] as FloodReceiver[]]));
  for (const receiver of receivers) {
    for (const number of new Set(receiver.ingress.copies.map(copyNumber))) {
      byNumber.get(number)!.push(receiver);
    }
  }
  return all.map((copies) => withSenders(copies, byNumber.get(copies.number)!));
}

/** What distinguishes copies to one port: a leg, or that the packet is copied as a whole. */
const kindOf = (copy: RealizedCopy) => isWhole(copy) ? undefined : copy.leg;

function withSenders(copies: CopiesTo, receivers: readonly FloodReceiver[]): Mirrored {
  const { number, whole, legs } = copies;
  const askers = new Map<number | undefined, Set<FloodReceiver>>();
  for (const receiver of receivers) {
    for (const copy of receiver.ingress.copies.filter((each) => copyNumber(each) === number)) {
      askers.getOrInsertComputed(kindOf(copy), () => new Set()).add(receiver);
    }
  }
  const onlyOne = (kind: number | undefined) => {
    const all = askers.get(kind);
    return all?.size === 1 ? [...all][0] : undefined;
  };
  const sender = whole && onlyOne(undefined);
  const others = legs.filter((copy) => !isWhole(copy) && onlyOne(copy.leg) !== sender);
  const alone = whole ? [] : legs.map(({ leg }) => [leg, onlyOne(leg)] as const);
  return {
    ...copies,
    receivers,
    ...(sender && { wholeOfOne: { sender, others } }),
    legsOfOne: new Map(alone.filter((pair): pair is [number, FloodReceiver] => !!pair[1])),
  };
}

/** Whether the Pod's own copy of what it sends is made before. */
const copiesTo = ({ egress }: FloodReceiver, number: bigint) =>
  egress?.copies.some((copy) => copyNumber(copy) === number) ?? false;

/** What packets of broadcast and multicast from a Pod's port look like. */
export const fromPort = ({ ofport }: FloodReceiver) => ({ in_port: ofport, eth_dst: MULTICAST });

/** The rows by which a mirror gets the best copy that the receivers ask for. */
export function floodCopyRows(rows: Rows, { tag }: Flood, mirror: Mirrored): Row[] {
  const { row } = rows;
  const { number, whole, legs, wholeOfOne } = mirror;
  const place = { [REGISTER.copy]: number, [REGISTER.tag]: tag };
  const best = (legs: readonly CopyByLeg[]) => {
    const ask = askForAll(rows, legs);
    return { actions: [sendReceiversBest(rows, ask.actions)], rows: ask.rows };
  };
  const found: Row[] = [];
  if (!whole) {
    const all = best(legs);
    found.push(
      row(["CopyOnce", "floodLegs"], { eth_dst: MULTICAST, ...place }, all.actions),
      ...all.rows,
    );
  }
  if (wholeOfOne && !copiesTo(wholeOfOne.sender, number)) {
    const { sender, others } = wholeOfOne;
    const left = others.length > 0 ? best(others) : { actions: [], rows: [] };
    found.push(
      row(["CopyOnce", "floodOthers"], { ...fromPort(sender), ...place }, left.actions),
      ...left.rows,
    );
  }
  return found;
}
