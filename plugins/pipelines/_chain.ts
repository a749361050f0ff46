/**
 * The rows of chains: several hops, one after the other. Where a packet is in its chains follows from its sender, its
 * receiver and the pair from which it came back. It passes the sender's hops first, then those of the receiver that are not
 * the sender's. A hop whose rules leave the packet alone, or that is open, is passed over: the packet goes on as if it had
 * come back from there.
 * @module
 */
import type { LeftHop, Row, RowAction } from "../../core/api.ts";
import { type EnteredHop, numberOf, sendInto } from "./_balance.ts";
import { orderOf, setLastPair } from "./_chained.ts";
import { ask, askFilters, gateRows, intoNumber } from "./_gate.ts";
import { CHOICE, MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

type Fields = Parameters<Rows["row"]>[1];

const { inSenderChain, inReceiverChain, lastPair } = STATE;
const IN_CHAIN = inSenderChain | inReceiverChain;

const state = (value: bigint, mask: bigint) => ({ [REGISTER.state]: [value, mask] as const });
const choice = (bit: bigint) => ({ [REGISTER.choice]: [bit, bit] as const });

/** The chain of a treatment. */
export interface Chain {
  /** Id of the treatment. */
  readonly id: number;
  readonly hops: readonly EnteredHop[];
  readonly left: readonly LeftHop[];
}

interface ChainRowNames {
  readonly next: "chain" | "chainLeft";
  readonly split: "chainSplit" | "chainLeftSplit";
}
const IN_CHAIN_ROWS: ChainRowNames = { next: "chain", split: "chainSplit" };
/**
 * Rows for a hop that has left the sender's chain, or whose rules leave the packet alone. If the receiver has the hop, the
 * packet was there for the receiver: these rows come behind those for that.
 */
const LEFT_ROWS: ChainRowNames = { next: "chainLeft", split: "chainLeftSplit" };

/** The rows of the sender's chain. */
export function senderChainRows(rows: Rows, { id, hops, left }: Chain): Row[] {
  const { row } = rows;
  const treated = { [REGISTER.egress]: id };
  const enter = (hop: EnteredHop) => sendInto(rows, hop, { tag: "kept", whose: "sender" });
  const goOn = (behind: Fields, next: EnteredHop | undefined, names = IN_CHAIN_ROWS) =>
    next
      ? [row(["Divert", names.next], { ...treated, ...behind }, [
        // It may have been taken for one that was there for the receiver.
        ...(names === LEFT_ROWS ? [clear(inReceiverChain)] : []),
        ...enter(next),
      ])]
      : endRows(rows, { ...treated, ...behind }, names);
  return [
    row(
      ["Divert", "egress"],
      { ...treated, ...state(0n, lastPair | inReceiverChain) },
      enter(hops[0]!),
    ),
    ...hops.flatMap((hop, at) => [
      ...(hop.filters
        ? [returnRow(rows, hop, treated), ...goOn(isNobodys(hop), hops[at + 1], LEFT_ROWS)]
        : []),
      ...goOn(isBehind(hop), hops[at + 1]),
      passedRow(rows, hop, treated),
    ]),
    ...left.flatMap((hop) =>
      goOn(isBehind(hop), hops.find((each) => orderOf(each) >= orderOf(hop)), LEFT_ROWS)
    ),
    ...chainGateRows(rows),
  ];
}

/** A hop that packets are behind. One that has left the chain has no rules any more. */
type Behind = Pick<EnteredHop, "choice" | "pairs" | "filters">;

/** What a packet of the sender's chain matches that is behind this hop. */
function isBehind(hop: Behind) {
  const number = BigInt(numberOf(hop));
  return hop.filters
    ? state(number | inSenderChain, lastPair | IN_CHAIN)
    : state(number, lastPair | inReceiverChain);
}

/**
 * What a packet matches that is back from this hop, and that the sender's rules leave alone. If the receiver's chain does not
 * have the pair, it was there for the sender all the same: the rules have changed meanwhile, or the sensor has changed it.
 */
const isNobodys = (hop: Behind) =>
  state(BigInt(numberOf(hop)) | inReceiverChain, lastPair | IN_CHAIN);

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
function endRows({ row, to }: Rows, fields: Fields, names: ChainRowNames): Row[] {
  const end = (...bits: readonly RowAction[]): RowAction[] => [
    setLastPair(0, inReceiverChain, IN_CHAIN),
    ...bits,
    to("Divert"),
  ];
  return [
    row(["Divert", names.next], fields, end()),
    row(["Divert", names.split], { ...fields, eth_dst: MULTICAST }, end(flag(STATE.split))),
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

const RECEIVED_ROWS = {
  tagged: "chainNextTagged",
  next: "chainNext",
  end: "inspected",
} as const;
/** Rows for a hop that has left the receiver's chain. If it has left the sender's, too, the packet was there for the sender. */
const RECEIVED_LEFT_ROWS = {
  tagged: "chainLeftNextTagged",
  next: "chainLeftNext",
  end: "chainLeftNext",
} as const;
type ReceivedRowNames = typeof RECEIVED_ROWS | typeof RECEIVED_LEFT_ROWS;

/** The rows of the receiver's chain. */
export function receiverChainRows(rows: Rows, { id, hops, left }: Chain): Row[] {
  const { row, to } = rows;
  const treated = { [REGISTER.ingress]: id };
  const tagged = {
    ...state(STATE.untag, STATE.untag),
    vlan_vid: [TAG.present, TAG.present] as const,
  };
  const behind = (hop: Behind) => state(BigInt(numberOf(hop)), lastPair);
  const taggedBehind = (hop: Behind) => ({
    ...tagged,
    ...state(BigInt(numberOf(hop)) | STATE.untag, lastPair | STATE.untag),
  });
  const enter = (hop: EnteredHop) => sendInto(rows, hop, { whose: "receiver" });
  const enterUntagged = (hop: EnteredHop) =>
    sendInto(rows, hop, { tag: "removed", whose: "receiver" });
  const goOn = (
    from: Behind,
    next: EnteredHop | undefined,
    names: ReceivedRowNames = RECEIVED_ROWS,
  ) =>
    next
      ? [
        row(["Divert", names.tagged], { ...treated, ...taggedBehind(from) }, enterUntagged(next)),
        row(["Divert", names.next], { ...treated, ...behind(from) }, enter(next)),
      ]
      : [row(["Divert", names.end], { ...treated, ...behind(from) }, [to("HandBack")])];
  const [first] = hops;
  return [
    row(["Divert", "nextTagged"], { ...treated, ...tagged }, enterUntagged(first!)),
    row(["Divert", "next"], treated, enter(first!)),
    ...hops.flatMap((hop, at) => goOn(hop, hops[at + 1])),
    ...left.flatMap((hop) =>
      goOn(hop, hops.find((each) => orderOf(each) <= orderOf(hop)), RECEIVED_LEFT_ROWS)
    ),
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
