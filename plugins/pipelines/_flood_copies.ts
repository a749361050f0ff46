/**
 * The copies of packets that the bridge sends to many Pods. A mirror gets one copy if a Pod that receives the packet has the
 * mirror. The sender does not receive it, so what it alone asks for does not count.
 * @module
 */
import { type FloodReceiver, LIMITS, type RealizedCopy, type Row } from "../../core/api.ts";
import { copyNumber } from "./_balance.ts";
import { wholeLegRows } from "./_copies.ts";
import { COPY_ASKED, MULTICAST, REGISTER } from "./_layout.ts";
import {
  askFor,
  comparedLegs,
  copiesByPort,
  type CopiesTo,
  isWhole,
  sendReceiversBest,
} from "./_legs.ts";
import { type Rows, set } from "./_rows.ts";

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
  /** For packets of a receiver without which the others ask for less: what they ask for, if for anything. */
  readonly without: readonly { readonly sender: FloodReceiver; readonly others?: CopiesTo }[];
}

/** By name, as numbers of ports may be others after a restart of the switch. */
const inOrder = (copies: readonly RealizedCopy[]) =>
  [...copies].sort((a, b) => a.to[0]!.name < b.to[0]!.name ? -1 : 1);

const copiesOf = (receivers: readonly FloodReceiver[]) =>
  copiesByPort(inOrder(receivers.flatMap(({ ingress }) => ingress.copies)));

/**
 * The copies of a flood's packets.
 *
 * @throws {RangeError} If the switch cannot copy a packet to so many.
 */
export function mirrored({ receivers }: Flood): Mirrored[] {
  const all = copiesOf(receivers);
  if (all.length > LIMITS.floodedCopies) {
    throw new RangeError(
      `Cannot copy broadcast to "${all.length}" mirrors: more than ${LIMITS.floodedCopies}`,
    );
  }
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
  const { number } = copies;
  const askers = new Map<number | undefined, Set<FloodReceiver>>();
  for (const receiver of receivers) {
    for (const copy of receiver.ingress.copies.filter((each) => copyNumber(each) === number)) {
      askers.getOrInsertComputed(kindOf(copy), () => new Set()).add(receiver);
    }
  }
  const alone = [...askers.values()].filter(({ size }) => size === 1).flatMap((all) => [...all]);
  const without = [...new Set(alone)].map((sender) => {
    const others = copiesOf(receivers.filter((receiver) => receiver !== sender))
      .find((each) => each.number === number);
    return { sender, ...(others && { others }) };
  });
  return { ...copies, receivers, without };
}

/** Whether the Pod's own copy of what it sends is made before. */
const copiesTo = ({ egress }: FloodReceiver, number: bigint) =>
  egress?.copies.some((copy) => copyNumber(copy) === number) ?? false;

const fromPort = ({ ofport }: FloodReceiver) => ({ in_port: ofport, eth_dst: MULTICAST });

/** The rows by which a mirror gets the best copy that the receivers ask for. */
export function floodCopyRows(rows: Rows, { tag }: Flood, mirror: Mirrored): Row[] {
  const { row } = rows;
  const { number, whole, legs, without } = mirror;
  const place = { [REGISTER.copy]: number, [REGISTER.tag]: tag };
  return [
    ...(whole ? [] : [row(["CopyOnce", "floodLegs"], { eth_dst: MULTICAST, ...place }, [
      sendReceiversBest(rows, legs),
    ])]),
    ...without.filter(({ sender, others }) => !others?.whole && !copiesTo(sender, number))
      .map(({ sender, others }) =>
        row(
          ["CopyOnce", "floodOthers"],
          { ...fromPort(sender), ...place },
          others ? [sendReceiversBest(rows, others.legs)] : [],
        )
      ),
  ];
}

/** The rows by which the copies of the receivers of all VLANs are compared with the sender's. */
export function askedRows(rows: Rows, floods: readonly Flood[]): Row[] {
  const all = floods.map((flood) => ({ flood, mirrors: mirrored(flood) }));
  const contended = new Set(
    all.flatMap(({ mirrors }) => mirrors).filter(({ isContended }) => isContended)
      .map(({ number }) => number),
  );
  const matters = floods.some(({ vlan }) => vlan !== undefined);
  return [...contended].flatMap((number) => [
    ...(matters ? [findVLAN(rows, number)] : []),
    ...all.flatMap(({ flood, mirrors }) =>
      askedInFlood(rows, flood, { number, mirror: mirrors.find((each) => each.number === number) })
    ),
  ]);
}

/** To find the VLAN takes away a tag that only says a priority, but the copy is to have what the sender has sent. */
function findVLAN({ row, to }: Rows, number: bigint): Row {
  const asked = { eth_dst: MULTICAST, [REGISTER.copy]: number | COPY_ASKED, [REGISTER.tag]: 0 };
  const wholeTag = { field: "vlan_tci", start: 0, end: 15 } as const;
  return row(["CopyOnce", "floodAskedInVLAN"], asked, [
    { type: "push", subfield: wholeTag },
    set(REGISTER.copy, 0n),
    to("CopyOnce"),
    { type: "pop", subfield: wholeTag },
    set(REGISTER.copy, number | COPY_ASKED),
    to("CopyOnce"),
  ]);
}

function askedInFlood(
  rows: Rows,
  { vlan, tag }: Flood,
  { number, mirror }: { readonly number: bigint; readonly mirror: Mirrored | undefined },
): Row[] {
  const { row } = rows;
  const inVLAN = vlan !== undefined;
  const place = {
    [REGISTER.copy]: number | COPY_ASKED,
    ...(inVLAN && { [REGISTER.tag]: tag }),
  };
  const ask = (copies: CopiesTo | undefined) => copies ? askFor(rows, comparedLegs(copies)) : [];
  return [
    row(
      ["CopyOnce", inVLAN ? "floodAskedInVLAN" : "floodAsked"],
      { eth_dst: MULTICAST, ...place },
      ask(mirror),
    ),
    ...mirror?.without.map(({ sender, others }) =>
      row(
        ["CopyOnce", inVLAN ? "floodOthers" : "floodOthersAsked"],
        { ...fromPort(sender), ...place },
        ask(others),
      )
    ) ?? [],
    ...(mirror ? wholeLegRows(rows, mirror) : []),
    ...mirror?.without.flatMap(({ others }) => others ? wholeLegRows(rows, others) : []) ?? [],
  ];
}
