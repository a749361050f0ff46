/** From a pipeline's rows to Sluice's flows: each gets the cookie by which Sluice knows it again. @module */
import type { Row, RowAction } from "../../contracts/mod.ts";
import { LEARNED_COOKIE, OWN_COOKIE } from "../../base/marks.ts";
import type { Action, Flow } from "../../openflow/mod.ts";

function marked(action: RowAction): Action {
  if (action.type === "learn") return { ...action, cookie: LEARNED_COOKIE };
  if (!("actions" in action) || !action.actions) return action as Action;
  return { ...action, actions: action.actions.map(marked) } as Action;
}

/** The row as the flow that is written. */
export function toFlow({ counts: _, ...row }: Row): Flow {
  return { ...row, cookie: OWN_COOKIE, actions: row.actions.map(marked) };
}
