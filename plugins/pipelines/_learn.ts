/**
 * The rows by which the switch learns what a packet does not show when it comes back from a pair: by which port it came in,
 * and the VLAN tag that the pair did not get. Of a Pod the port is known. So nothing that was learned says otherwise, also
 * if the Pod was elsewhere before. One MAC may be in several VLANs, also at different ports, as that of a router is: what
 * is learned of a packet counts for packets with the same tag, or for those without one if the pair did not get the tag.
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
const vid = { field: "vlan_vid", ...VID_BITS };
/** The tag with which the packet comes back. VLAN 0 is no VLAN: a sensor may remove its tag. */
const SAME_VLAN: Specs[number] = { type: "match_field", from: vid, to: vid };
/** The packet comes back without a tag. `vlan_tci` has the bit that says so, and a part of `vlan_vid` has not. */
const NO_TAG: Specs[number] = {
  type: "match_value",
  value: 0n,
  to: { field: "vlan_tci", start: TAG.firstBit, end: TAG.presentBit },
};
/** The pair from which it comes back: broadcast of several VLANs to several pairs has the same MACs. */
const SAME_PAIR: Specs[number] = {
  type: "match_field",
  from: { field: REGISTER.copy, ...PORT_BITS },
  to: { field: REGISTER.state, ...PORT_BITS },
};
const KEEP_PORT: Specs[number] = { type: "load_field", from: inPort, to: original };
const KEEP_TAG: Specs = [
  {
    type: "load_field",
    from: vid,
    to: { field: REGISTER.tag, ...VID_BITS },
  },
  {
    type: "load_value",
    value: 1n,
    to: { field: REGISTER.tag, start: TAG.presentBit, end: TAG.presentBit },
  },
];

const UNTAGGED: Specs = [sameMAC("eth_src"), sameMAC("eth_dst"), NO_TAG, SAME_PAIR];

/** What a learned flow matches and sets. */
const SPECS = {
  learned: [sameMAC("eth_src"), SAME_VLAN, KEEP_PORT],
  learnedTag: [...UNTAGGED, KEEP_PORT, ...KEEP_TAG],
  learnedTagOfPod: [{ type: "match_field", from: inPort, to: original }, ...UNTAGGED, ...KEEP_TAG],
} as const satisfies Readonly<Record<string, Specs>>;
/** The port of a packet that comes back without its tag. */
const LEARNED_UNTAGGED: Specs = [sameMAC("eth_src"), NO_TAG, KEEP_PORT];

interface LearnOptions extends Required<Pick<RowLearn, "share" | "limit">> {
  readonly specs?: Specs;
}

function learn(rows: Rows, row: keyof typeof SPECS, options: LearnOptions): RowLearn {
  return {
    type: "learn",
    table: rows.number("Restore"),
    priority: rows.priority("Restore", row),
    idleTimeout: LEARNED.idleTimeout,
    specs: SPECS[row],
    ...options,
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
  const needsPort = macs.length === 0 || ambiguous;
  return [
    rows.row(["Restore", "learnTagOfPod"], { ...from, ...LOSES_TAG }, [
      learn(rows, "learnedTagOfPod", limited),
      ...(needsPort ? [learn(rows, "learned", { ...limited, specs: LEARNED_UNTAGGED })] : []),
    ]),
    ...(needsPort
      ? [
        rows.row(["Restore", "learnOfPod"], { ...from, ...FIRST_TIME }, [
          learn(rows, "learned", limited),
        ]),
      ]
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
