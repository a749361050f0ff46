/**
 * The rows of chains: several hops, one after the other. Where a packet is in its chains follows from its sender, its
 * receiver and the pair from which it came back. It passes the sender's hops first, then those of the receiver that are not
 * the sender's. A hop whose rules leave the packet alone, or that is open, is passed over: the packet goes on as if it had
 * come back from there.
 * @module
 */
import type { Row, RowAction } from "../../core/api.ts";
import { type EnteredHop, numberOf, sendInto } from "./_balance.ts";
import { setLastPair } from "./_chained.ts";
import { ask, askFilters, gateRows, intoNumber } from "./_gate.ts";
import { CHOICE, MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

type Fields = Parameters<Rows["row"]>[1];

const { inSenderChain, inReceiverChain, lastPair } = STATE;
const IN_CHAIN = inSenderChain | inReceiverChain;

const state = (value: bigint, mask: bigint) => ({ [REGISTER.state]: [value, mask] as const });
const choice = (bit: bigint) => ({ [REGISTER.choice]: [bit, bit] as const });

/** The rows of the sender's chain. */
export function senderChainRows(rows: Rows, id: number, hops: readonly EnteredHop[]): Row[] {
  const { row } = rows;
  const treated = { [REGISTER.egress]: id };
  const enter = (hop: EnteredHop) => sendInto(rows, hop, { tag: "kept", whose: "sender" });
  return [
    row(
      ["Divert", "egress"],
      { ...treated, ...state(0n, lastPair | inReceiverChain) },
      enter(hops[0]!),
    ),
    ...hops.flatMap((hop, at) => {
      const next = hops[at + 1];
      return [
        ...(hop.filters ? [returnRow(rows, hop, treated)] : []),
        ...(next
          ? [row(["Divert", "chain"], { ...treated, ...isBehind(hop) }, enter(next))]
          : endRows(rows, hop, treated)),
        passedRow(rows, hop, treated),
      ];
    }),
    ...chainGateRows(rows),
  ];
}

/** What a packet of the sender's chain matches that is behind this hop. */
function isBehind(hop: EnteredHop) {
  const number = BigInt(numberOf(hop));
  return hop.filters
    ? state(number | inSenderChain, lastPair | IN_CHAIN)
    : state(number, lastPair | inReceiverChain);
}

/**
 * A packet comes back from a pair with rules. If the sender's rules leave it alone, it has been there for the receiver.
 */
function returnRow(rows: Rows, hop: EnteredHop, treated: Fields): Row {
  const { filters, counter } = hop;
  const fields = { ...treated, ...state(BigInt(numberOf(hop)), lastPair | IN_CHAIN) };
  const asked = { whose: "receiver", filters, counter, choice: CHOICE.ofReturn } as const;
  return rows.row(["Divert", "chainReturned"], fields, ask(rows, asked));
}

/** The sender's chain ends: the receiver's begins. Broadcast and multicast are split first. */
function endRows({ row, to }: Rows, hop: EnteredHop, treated: Fields): Row[] {
  const fields = { ...treated, ...isBehind(hop) };
  const end = (...bits: readonly RowAction[]): RowAction[] => [
    setLastPair(0, inReceiverChain, IN_CHAIN),
    ...bits,
    to("Divert"),
  ];
  return [
    row(["Divert", "chain"], fields, end()),
    row(["Divert", "chainSplit"], { ...fields, eth_dst: MULTICAST }, end(flag(STATE.split))),
  ];
}

/** The row that says of a packet of this sender that it has been in the pair. */
function passedRow(rows: Rows, hop: EnteredHop, treated: Fields): Row {
  const fields = { ...treated, [REGISTER.choice]: [BigInt(numberOf(hop)), CHOICE.number] as const };
  return rows.row(
    ["Passed", "pair"],
    fields,
    hop.filters ? [...askFilters(rows, hop.filters), HIT_IS_BEEN_THERE] : [flag(STATE.beenThere)],
  );
}

const oneBit = (bit: bigint) => {
  const at = bit.toString(2).length - 1;
  return { field: REGISTER.state, start: at, end: at };
};
const HIT_IS_BEEN_THERE: RowAction = {
  type: "move",
  from: oneBit(STATE.hit),
  to: oneBit(STATE.beenThere),
};

/** The rows of the receiver's chain. */
export function receiverChainRows(rows: Rows, id: number, hops: readonly EnteredHop[]): Row[] {
  const { row, to } = rows;
  const treated = { [REGISTER.ingress]: id };
  const tagged = {
    ...state(STATE.untag, STATE.untag),
    vlan_vid: [TAG.present, TAG.present] as const,
  };
  const behind = (hop: EnteredHop) => state(BigInt(numberOf(hop)), lastPair);
  const taggedBehind = (hop: EnteredHop) => ({
    ...tagged,
    ...state(BigInt(numberOf(hop)) | STATE.untag, lastPair | STATE.untag),
  });
  const enter = (hop: EnteredHop) => sendInto(rows, hop, { whose: "receiver" });
  const enterUntagged = (hop: EnteredHop) =>
    sendInto(rows, hop, { tag: "removed", whose: "receiver" });
  const [first, ...others] = hops;
  return [
    row(["Divert", "nextTagged"], { ...treated, ...tagged }, enterUntagged(first!)),
    row(["Divert", "next"], treated, enter(first!)),
    ...others.flatMap((hop, at) => {
      const before = hops[at]!;
      return [
        row(
          ["Divert", "chainNextTagged"],
          { ...treated, ...taggedBehind(before) },
          enterUntagged(hop),
        ),
        row(["Divert", "chainNext"], { ...treated, ...behind(before) }, enter(hop)),
      ];
    }),
    row(["Divert", "inspected"], { ...treated, ...behind(hops.at(-1)!) }, [to("HandBack")]),
    ...chainGateRows(rows),
  ];
}

/** The rows of table Gate for chains. They are the same for all of them. */
export function chainGateRows(rows: Rows): Row[] {
  const { row, to } = rows;
  const { beenThere, hit } = STATE;
  const noChoice = set(REGISTER.choice, 0n);
  const passOver = [intoNumber(REGISTER.state), noChoice, to("Divert")];
  return [
    ...gateRows(rows),
    row(["Gate", "beenThere"], state(beenThere, beenThere), [clear(beenThere), ...passOver]),
    row(["Gate", "ofSenderChain"], { ...state(hit, hit), ...choice(CHOICE.ofReturn) }, [
      noChoice,
      flag(inSenderChain),
      to("Divert"),
    ]),
    row(["Gate", "ofReceiverChain"], choice(CHOICE.ofReturn), [
      noChoice,
      flag(inReceiverChain),
      to("Divert"),
    ]),
    row(["Gate", "chainPasses"], choice(CHOICE.ofChain), passOver),
  ];
}
