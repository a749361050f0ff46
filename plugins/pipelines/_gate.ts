/**
 * Redirects and drops with rules. The filter of the rules is asked, and table Gate sends what it takes to the pair. All other
 * packets go on as if the redirect were not there.
 * @module
 */
import type { Row, RowAction } from "../../core/api.ts";
import { count } from "./_count.ts";
import { CHOICE, REGISTER, STATE } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

/** Whose redirect or drop it is. */
export type Whose = "sender" | "receiver" | "flood";

const WHOSE: Readonly<Record<Whose, bigint>> = {
  sender: CHOICE.ofSender,
  receiver: 0n,
  flood: CHOICE.ofFlood,
};

/** What is asked for the packets that one of the filters takes. */
export interface Asked {
  readonly whose: Whose;
  /** Absent if all packets are taken. */
  readonly filters: readonly number[] | undefined;
  readonly counter: number;
  /** The number of the choice, or `CHOICE.ofDrop`; with other bits of `CHOICE`. */
  readonly choice: bigint;
}

/** Asks filters. A packet that one of them takes has the bit `hit` afterwards. */
export function askFilters({ to }: Pick<Rows, "to">, filters: readonly number[]): RowAction[] {
  return [
    clear(STATE.hit),
    ...filters.flatMap((filter) => [set(REGISTER.asked, BigInt(filter)), to("Filter")]),
    set(REGISTER.asked, 0n),
  ];
}

/** Asks the filters, and sends the packet to table Gate with the answer. */
export function ask(
  { to }: Pick<Rows, "to">,
  { whose, filters, counter, choice }: Asked,
): RowAction[] {
  return [
    ...(filters ? askFilters({ to }, filters) : [flag(STATE.hit)]),
    set(REGISTER.counter, BigInt(counter)),
    set(REGISTER.choice, choice | WHOSE[whose]),
    to("Gate"),
  ];
}

/** The number of the choice. */
const NUMBER = { field: REGISTER.choice, start: 0, end: 15 } as const;
export const intoNumber = (field: string): RowAction => ({
  type: "move",
  from: NUMBER,
  to: { field, start: 0, end: 15 },
});

const state = (...bits: readonly bigint[]) => {
  const all = bits.reduce((sum, bit) => sum | bit, 0n);
  return { [REGISTER.state]: [all, all] as const };
};
const choice = (bit: bigint, value = bit) => ({ [REGISTER.choice]: [value, bit] as const });

/** The rows of table Gate. They are the same for all redirects. */
export const gateRows = (rows: Rows): Row[] => [...takenRows(rows), ...passingRows(rows)];

/** The rows for packets that a filter takes. */
function takenRows(rows: Rows): Row[] {
  const { row, to } = rows;
  const { hit } = STATE;
  // What the switch learns is the same as without rules: see `sendInto`.
  const enter = (...before: readonly RowAction[]): RowAction[] => [
    { type: "clone", actions: [set(REGISTER.original, 0n), ...before, to("Restore")] },
    to("Balance"),
  ];
  return [
    row(["Gate", "split"], { ...state(hit), ...choice(CHOICE.ofSplit) }, [
      set(REGISTER.choice, 0n),
      flag(STATE.split),
      to("Divert"),
    ]),
    row(["Gate", "drop"], { ...state(hit), ...choice(CHOICE.ofDrop) }, count(rows)),
    row(["Gate", "unverified"], state(hit, STATE.unverified), []),
    row(
      ["Gate", "foreignTag"],
      { ...state(hit, STATE.foreignTag), ...choice(CHOICE.ofSender, 0n) },
      [],
    ),
    row(
      ["Gate", "tagged"],
      { ...state(hit), ...choice(CHOICE.untag) },
      enter(set(REGISTER.copy, 0n), intoNumber(REGISTER.copy)),
    ),
    row(
      ["Gate", "ofSender"],
      { ...state(hit), ...choice(CHOICE.ofSender) },
      enter(clear(STATE.untag)),
    ),
    row(["Gate", "hit"], state(hit), enter()),
  ];
}

/** The rows for all other packets. */
function passingRows({ row, to }: Rows): Row[] {
  const noChoice = set(REGISTER.choice, 0n);
  return [
    row(["Gate", "senderPasses"], choice(CHOICE.ofSender), [
      noChoice,
      flag(STATE.senderPassed),
      to("Divert"),
    ]),
    row(["Gate", "floodPasses"], choice(CHOICE.ofFlood), [
      intoNumber(REGISTER.state),
      noChoice,
      to("Divert"),
    ]),
    row(["Gate", "receiverPasses"], choice(CHOICE.ofDrop), [
      noChoice,
      flag(STATE.receiverPassed),
      to("Divert"),
    ]),
    row(["Gate", "passes"], {}, [noChoice, to("HandBack")]),
  ];
}
