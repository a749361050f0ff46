/** The rows of table Divert: they send packets to a pair, unless the packets have been there already. @module */
import type { PacketDirection, Pair, RealizedTreatment, Row, RowAction } from "../../core/api.ts";
import { LEARNED, MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

export type { Rows } from "./_rows.ts";

type Learn = Extract<RowAction, { type: "learn" }>;
const PORT_BITS = { start: 0, end: 15 } as const;
const MAC_BITS = { start: 0, end: 47 } as const;
const VID_BITS = { start: TAG.firstBit, end: TAG.lastBit } as const;

const ethSrc = { field: "eth_src", ...MAC_BITS };
const ethDst = { field: "eth_dst", ...MAC_BITS };
const keepPort: Learn["specs"][number] = {
  type: "load_field",
  from: { field: "in_port", ...PORT_BITS },
  to: { field: REGISTER.original, ...PORT_BITS },
};

/**
 * Lets the switch learn by which port a sender's packets come in: a packet that returns from a pair does not show it.
 */
function learn(rows: Rows, row: "learned" | "learnedTag", specs: Learn["specs"]): RowAction {
  return {
    type: "learn",
    table: rows.number("Restore"),
    priority: rows.priority("Restore", row),
    idleTimeout: LEARNED.idleTimeout,
    limit: LEARNED.limit,
    specs,
  };
}

export function send(rows: Rows, target: number): RowAction[] {
  const specs: Learn["specs"] = [{ type: "match_field", from: ethSrc, to: ethSrc }, keepPort];
  return [
    learn(rows, "learned", specs),
    { type: "output", port: target },
  ];
}

/**
 * Sends the packet without the VLAN tag that the receiver's port would remove, and lets the switch learn the
 * tag.
 */
export function sendUntagged(rows: Rows, target: number): RowAction[] {
  const specs: Learn["specs"] = [
    { type: "match_field", from: ethSrc, to: ethSrc },
    { type: "match_field", from: ethDst, to: ethDst },
    keepPort,
    {
      type: "load_field",
      from: { field: "vlan_vid", ...VID_BITS },
      to: { field: REGISTER.tag, ...VID_BITS },
    },
    {
      type: "load_value",
      value: 1n,
      to: { field: REGISTER.tag, start: TAG.presentBit, end: TAG.presentBit },
    },
  ];
  return [
    learn(rows, "learnedTag", specs),
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
  const { lastPair, unverified, untag } = STATE;
  const treated = { [REGISTER.ingress]: id };
  const state = (value: bigint, mask: bigint) => ({
    ...treated,
    [REGISTER.state]: [value, mask] as const,
  });
  const tagged = { vlan_vid: [TAG.present, TAG.present] as const };
  return [
    // A packet with a false source MAC must not pass the pair: when it comes back, its source would look verified.
    row(["Divert", "unverified"], state(unverified, unverified | lastPair), []),
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
