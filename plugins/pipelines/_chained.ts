/** What is different for a hop that is part of a chain: a packet enters it by table Gate, also without rules. @module */
import type { RowAction, Scope } from "../../core/api.ts";
import type { Whose } from "./_gate.ts";
import { REGISTER, STATE } from "./_layout.ts";
import { flag, type Rows, set } from "./_rows.ts";

export const isChained = ({ scope = {} }: { readonly scope?: Scope }) => "chainOrder" in scope;

/** The place of a hop in its chain. */
export const orderOf = ({ scope = {} }: { readonly scope?: Scope }) =>
  Number(scope.chainOrder ?? 0);

/** Writes a pair into the state register, in the place of the pair from which the packet came back last. */
export const setLastPair = (number: number, bits = 0n, mask = 0n): RowAction => ({
  type: "set_field",
  field: REGISTER.state,
  value: BigInt(number) | bits,
  mask: STATE.lastPair | mask,
});

/**
 * What is done before a hop of a chain is asked for. The switch learns the sender as if this was the first pair, as the
 * packet may have passed over those before. A pair of the receiver may have been the sender's, too: table Passed says that.
 */
export function beforeChained({ to }: Rows, number: number, whose: Whose): RowAction[] {
  if (whose === "sender") return [setLastPair(0), flag(STATE.inSenderChain)];
  return [
    setLastPair(0),
    flag(STATE.inReceiverChain),
    set(REGISTER.choice, BigInt(number)),
    to("Passed"),
  ];
}
