/**
 * The rows by which the switch learns what a packet does not show when it comes back from a pair: by which port it came in,
 * and the VLAN tag that the pair did not get. Of a Pod the port is known. So nothing that was learned says otherwise, also
 * if the Pod was elsewhere before.
 * @module
 */
import type { PodPort, Row, RowLearn } from "../../core/api.ts";
import { LEARNED, REGISTER, SHARE, STATE, TAG } from "./_layout.ts";
import type { Rows } from "./_rows.ts";

type Specs = RowLearn["specs"];
const PORT_BITS = { start: 0, end: 15 } as const;
const MAC_BITS = { start: 0, end: 47 } as const;
const VID_BITS = { start: TAG.firstBit, end: TAG.lastBit } as const;

/** The bits of a register in which a port's number stands. */
const PORT_MASK = 0xffffn;

const inPort = { field: "in_port", ...PORT_BITS };
const original = { field: REGISTER.original, ...PORT_BITS };
const sameMAC = (field: "eth_src" | "eth_dst"): Specs[number] => {
  const mac = { field, ...MAC_BITS };
  return { type: "match_field", from: mac, to: mac };
};
const KEEP_PORT: Specs[number] = { type: "load_field", from: inPort, to: original };
const KEEP_TAG: Specs = [
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

/** What a learned flow matches and sets. */
const SPECS = {
  learned: [sameMAC("eth_src"), KEEP_PORT],
  learnedTag: [sameMAC("eth_src"), sameMAC("eth_dst"), KEEP_PORT, ...KEEP_TAG],
  learnedTagOfPod: [
    { type: "match_field", from: inPort, to: original },
    sameMAC("eth_src"),
    sameMAC("eth_dst"),
    ...KEEP_TAG,
  ],
} as const satisfies Readonly<Record<string, Specs>>;

function learn(
  rows: Rows,
  row: keyof typeof SPECS,
  { share, limit }: Required<Pick<RowLearn, "share" | "limit">>,
): RowLearn {
  return {
    type: "learn",
    table: rows.number("Restore"),
    priority: rows.priority("Restore", row),
    idleTimeout: LEARNED.idleTimeout,
    limit,
    share,
    specs: SPECS[row],
  };
}

/** What a packet matches that is to be sent to a pair without its tag. One that comes back does not: `untag` is not set. */
const LOSES_TAG = {
  [REGISTER.state]: [STATE.untag, STATE.untag],
  vlan_vid: [TAG.present, TAG.present],
} as const;
/** What a packet matches that has been in no pair yet. */
const FIRST_TIME = { [REGISTER.state]: [0n, STATE.lastPair] } as const;

/** The rows for senders that are no Pods. */
export function learnRows(rows: Rows): Row[] {
  const { limit } = LEARNED;
  return [
    rows.row(["Restore", "learnTag"], LOSES_TAG, [
      learn(rows, "learnedTag", { share: SHARE.tags, limit }),
    ]),
    rows.row(["Restore", "learn"], FIRST_TIME, [
      learn(rows, "learned", { share: SHARE.ports, limit }),
    ]),
  ];
}

/** The rows for what a Pod sends. */
export function learnOfPodRows(rows: Rows, { ofport, macs, ambiguous }: PodPort): Row[] {
  const from = { in_port: ofport };
  const limited = { share: SHARE.ofPod(ofport), limit: LEARNED.limitOfPod };
  const port = macs.length > 0 && !ambiguous ? [] : [learn(rows, "learned", limited)];
  return [
    rows.row(["Restore", "learnTagOfPod"], { ...from, ...LOSES_TAG }, [
      learn(rows, "learnedTagOfPod", limited),
      ...port,
    ]),
    ...(port.length > 0
      ? [rows.row(["Restore", "learnOfPod"], { ...from, ...FIRST_TIME }, port)]
      : []),
  ];
}

/** The number of the port that a learned flow matches, or writes into the register of the original port. */
export function learnedPort({ match, actions }: Row): number | undefined {
  const set = actions.find((action) =>
    action.type === "set_field" && action.field === REGISTER.original
  );
  const value = match[REGISTER.original]?.value ??
    (set?.type === "set_field" ? set.value : undefined);
  return value === undefined ? undefined : Number(BigInt(value) & PORT_MASK);
}
