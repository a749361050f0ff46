/** The rows of table Divert: they send packets to a pair, unless the packets have been there already. @module */
import type { PacketDirection, Pair, RealizedTreatment, Row, RowAction } from "../../core/api.ts";
import { MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows, set } from "./_rows.ts";

export type { Rows } from "./_rows.ts";

/** Sends the packet to a pair. What comes back does not show by which port it came in, so table Restore learns that. */
export function send({ to }: Rows, target: number): RowAction[] {
  return [set(REGISTER.original, 0n), to("Restore"), { type: "output", port: target }];
}

/** Sends the packet without the VLAN tag that the receiver's port would remove. Table Restore learns the tag, too. */
export function sendUntagged({ to }: Rows, target: number): RowAction[] {
  return [
    set(REGISTER.original, 0n),
    to("Restore"),
    { type: "pop_vlan" },
    { type: "output", port: target },
  ];
}

function egressDivert(rows: Rows, id: number, pair: Pair): Row[] {
  const { row, to } = rows;
  const treated = { [REGISTER.egress]: id };
  const state = (value: bigint, mask: bigint) => ({ [REGISTER.state]: [value, mask] as const });
  const inspected = state(BigInt(pair.return.ofport), STATE.lastPair | STATE.split);
  return [
    row(["Divert", "egress"], { ...treated, ...state(0n, STATE.lastPair) }, [
      ...send(rows, pair.target.ofport),
    ]),
    row(
      ["Divert", "floodSender"],
      { ...treated, ...inspected, eth_dst: MULTICAST, [REGISTER.copy]: 0 },
      [flag(STATE.split), to("Divert")],
    ),
  ];
}

function ingressDivert(rows: Rows, id: number, pair: Pair): Row[] {
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
      sendUntagged(rows, pair.target.ofport),
    ),
    row(["Divert", "ingress"], state(0n, lastPair), send(rows, pair.target.ofport)),
    row(["Divert", "inspected"], state(BigInt(pair.return.ofport), lastPair), [to("HandBack")]),
    row(
      ["Divert", "nextTagged"],
      { ...state(untag, untag), ...tagged },
      sendUntagged(rows, pair.target.ofport),
    ),
    row(["Divert", "next"], treated, send(rows, pair.target.ofport)),
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
  const pair = hops[0]?.pairs[0];
  if (!pair) return [];
  return direction === "egress" ? egressDivert(rows, id, pair) : ingressDivert(rows, id, pair);
}
