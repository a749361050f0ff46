/** From a pipeline's rows to flows: each flow gets the cookie by which Sluice recognizes it later. @module */
import type { RowAction, RowController, RowLearn } from "../../contracts/mod.ts";
import { CAPTURE, CONTROLLER_ID, LEARNED_COOKIE, OWN_COOKIE } from "../../base/marks.ts";
import { type CodedRow, placeOfMeter } from "./captures.ts";
import { type Action, checkSize, type Flow } from "../../openflow/mod.ts";

/** The switch counts flows for the limit of a `learn` action by their cookie. */
function markedLearn({ share = 0, ...action }: RowLearn): Action {
  return { ...action, cookie: LEARNED_COOKIE | BigInt.asUintN(32, BigInt(share)) };
}

/** The ID of the connection that gets the packets: that of health probes, or of a session of `sluice capture`. */
function connectionOf({ meter }: RowController): number {
  const place = placeOfMeter(meter);
  return place === undefined ? CONTROLLER_ID : CAPTURE.controller + place;
}

function marked(action: RowAction): Action {
  if (action.type === "learn") return markedLearn(action);
  if (action.type === "controller") return { ...action, id: connectionOf(action) };
  if (!("actions" in action) || !action.actions) return action as Action;
  return { ...action, actions: action.actions.map(marked) } as Action;
}

/**
 * The flow of a row, with Sluice's cookie, whose lower half is the counter of a row that counts. Flows that its `learn`
 * actions add get the cookie of learned flows.
 *
 * @throws {RangeError} If the switch cannot take the flow, as it is too large.
 */
export function toFlow({ counts: _, code = 0, counter = code, ...row }: CodedRow): Flow {
  const cookie = OWN_COOKIE | BigInt(counter);
  const flow = { ...row, cookie, actions: row.actions.map(marked) };
  checkSize(flow);
  return flow;
}
