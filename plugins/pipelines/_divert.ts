/** The rows of table Divert: they send packets to a pair, unless the packets have been there already. @module */
import type { PacketDirection, RealizedTreatment, Row, RowAction } from "../../core/api.ts";
import { entered, type EnteredHop, numberOf, sendInto } from "./_balance.ts";
import { receiverChainRows, senderChainRows } from "./_chain.ts";
import { isChained } from "./_chained.ts";
import { count } from "./_count.ts";
import { ask, gateRows } from "./_gate.ts";
import { CHOICE, MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

export type { Rows } from "./_rows.ts";

const state = (value: bigint, mask: bigint) => ({ [REGISTER.state]: [value, mask] as const });

function egressDivert(rows: Rows, id: number, hop: EnteredHop): Row[] {
  const { row } = rows;
  const treated = { [REGISTER.egress]: id };
  const notYet = STATE.lastPair | (hop.filters ? STATE.senderPassed : 0n);
  const inspected = state(BigInt(numberOf(hop)), notYet | STATE.split);
  return [
    row(
      ["Divert", "egress"],
      { ...treated, ...state(0n, notYet) },
      // it is the sender's: the receiver's sensor, if there is one, comes next
      sendInto(rows, hop, { tag: "kept", whose: "sender" }),
    ),
    row(
      ["Divert", "floodSender"],
      { ...treated, ...inspected, eth_dst: MULTICAST, [REGISTER.copy]: 0 },
      split(rows, hop),
    ),
  ];
}

/**
 * Splits broadcast that is back from the sender's pair. If the sender's rules leave it alone, it has been there for the
 * receivers, and was split before.
 */
function split(rows: Rows, { filters, counter }: EnteredHop): RowAction[] {
  if (!filters) return [flag(STATE.split), rows.to("Divert")];
  return ask(rows, { whose: "sender", filters, counter, choice: CHOICE.ofSplit });
}

/** The rows for packets that must not pass a pair. If the hop has rules, table Gate has such rows. */
function unverifiedRows({ row }: Rows, treated: Readonly<Record<string, number>>): Row[] {
  const { lastPair, unverified, foreignTag } = STATE;
  return [
    // A packet with a false source MAC must not pass the pair: when it comes back, its source would look verified.
    row(["Divert", "unverified"], { ...treated, ...state(unverified, unverified | lastPair) }, []),
    // So must not one that NORMAL would drop: without its tag it would look like one of the sender's own VLAN.
    row(["Divert", "unverified"], { ...treated, ...state(foreignTag, foreignTag) }, []),
  ];
}

function ingressDivert(rows: Rows, id: number, hop: EnteredHop): Row[] {
  const { row, to } = rows;
  const { lastPair, untag } = STATE;
  const treated = { [REGISTER.ingress]: id };
  const tagged = { vlan_vid: [TAG.present, TAG.present] as const };
  const enter = sendInto(rows, hop, { whose: "receiver" });
  const enterUntagged = sendInto(rows, hop, { tag: "removed", whose: "receiver" });
  const inspected = state(BigInt(numberOf(hop)), lastPair);
  return [
    ...(hop.filters ? [] : unverifiedRows(rows, treated)),
    row(
      ["Divert", "ingressTagged"],
      { ...treated, ...state(untag, untag | lastPair), ...tagged },
      enterUntagged,
    ),
    row(["Divert", "ingress"], { ...treated, ...state(0n, lastPair) }, enter),
    row(["Divert", "inspected"], { ...treated, ...inspected }, [to("HandBack")]),
    row(["Divert", "nextTagged"], { ...treated, ...state(untag, untag), ...tagged }, enterUntagged),
    row(["Divert", "next"], treated, enter),
  ];
}

/**
 * The rows of a treatment. As an egress treatment it is that of a packet's sender, as an ingress treatment that of its
 * receiver.
 */
export function divertRows(
  rows: Rows,
  { direction, treatment }: { direction: PacketDirection; treatment: RealizedTreatment },
): Row[] {
  const { id, hops, left = [] } = treatment;
  const [hop, ...more] = hops.map(entered);
  if (!hop) return [];
  if (isChained(hop)) {
    const chainRows = direction === "egress" ? senderChainRows : receiverChainRows;
    return chainRows(rows, { id, hops: [hop, ...more], left });
  }
  return [
    ...(direction === "egress" ? egressDivert(rows, id, hop) : ingressDivert(rows, id, hop)),
    ...(hop.filters ? gateRows(rows) : []),
  ];
}

/** A row that drops the packets of a treatment with `drop`. It comes before all other rows of table Divert. */
export function dropRows(
  rows: Rows,
  direction: PacketDirection,
  { id, drop }: RealizedTreatment,
): Row[] {
  if (!drop) return [];
  const { counter, filter } = drop;
  const treated = { [REGISTER[direction]]: id };
  if (filter === undefined) return [rows.row(["Divert", "drop"], treated, count(rows, counter))];
  const whose = direction === "egress" ? "sender" : "receiver";
  const passed = direction === "egress" ? STATE.senderPassed : STATE.receiverPassed;
  const asked = { whose, filters: [filter], counter, choice: CHOICE.ofDrop } as const;
  return [
    rows.row(["Divert", "drop"], { ...treated, ...state(0n, passed) }, ask(rows, asked)),
    ...gateRows(rows),
  ];
}
