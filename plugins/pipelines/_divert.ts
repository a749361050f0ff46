/** The rows of table Divert: they send packets to a pair, unless the packets have been there already. @module */
import type { PacketDirection, RealizedTreatment, Row } from "../../core/api.ts";
import { numberOf, type RealizedHop, sendInto } from "./_balance.ts";
import { MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

export type { Rows } from "./_rows.ts";

function egressDivert(rows: Rows, id: number, hop: RealizedHop): Row[] {
  const { row, to } = rows;
  const treated = { [REGISTER.egress]: id };
  const state = (value: bigint, mask: bigint) => ({ [REGISTER.state]: [value, mask] as const });
  const inspected = state(BigInt(numberOf(hop)), STATE.lastPair | STATE.split);
  return [
    row(
      ["Divert", "egress"],
      { ...treated, ...state(0n, STATE.lastPair) },
      sendInto(rows, hop, "kept"), // it is the sender's: the receiver's sensor, if there is one, comes next
    ),
    row(
      ["Divert", "floodSender"],
      { ...treated, ...inspected, eth_dst: MULTICAST, [REGISTER.copy]: 0 },
      [flag(STATE.split), to("Divert")],
    ),
  ];
}

function ingressDivert(rows: Rows, id: number, hop: RealizedHop): Row[] {
  const { row, to } = rows;
  const { lastPair, unverified, foreignTag, untag } = STATE;
  const treated = { [REGISTER.ingress]: id };
  const state = (value: bigint, mask: bigint) => ({
    ...treated,
    [REGISTER.state]: [value, mask] as const,
  });
  const tagged = { vlan_vid: [TAG.present, TAG.present] as const };
  return [
    // A packet with a false source MAC must not pass the pair: when it comes back, its source would look verified.
    row(["Divert", "unverified"], state(unverified, unverified | lastPair), []),
    // So must not one that NORMAL would drop: without its tag it would look like one of the sender's own VLAN.
    row(["Divert", "unverified"], state(foreignTag, foreignTag), []),
    row(
      ["Divert", "ingressTagged"],
      { ...state(untag, untag | lastPair), ...tagged },
      sendInto(rows, hop, "removed"),
    ),
    row(["Divert", "ingress"], state(0n, lastPair), sendInto(rows, hop)),
    row(["Divert", "inspected"], state(BigInt(numberOf(hop)), lastPair), [to("HandBack")]),
    row(
      ["Divert", "nextTagged"],
      { ...state(untag, untag), ...tagged },
      sendInto(rows, hop, "removed"),
    ),
    row(["Divert", "next"], treated, sendInto(rows, hop)),
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
  const { id, hops } = treatment;
  const [hop] = hops;
  if (!hop) return [];
  return direction === "egress" ? egressDivert(rows, id, hop) : ingressDivert(rows, id, hop);
}
