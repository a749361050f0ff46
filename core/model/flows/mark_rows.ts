/** From a pipeline's rows to flows: each flow gets the cookie by which Sluice recognizes it later. @module */
import type { Row, RowAction } from "../../contracts/mod.ts";
import { LEARNED_COOKIE, OWN_COOKIE } from "../../base/marks.ts";
import type { Action, Flow } from "../../openflow/mod.ts";

function marked(action: RowAction): Action {
  if (action.type === "learn") return { ...action, cookie: LEARNED_COOKIE };
  if (!("actions" in action) || !action.actions) return action as Action;
  return { ...action, actions: action.actions.map(marked) } as Action;
}

/** The flow of a row, with Sluice's cookie. Flows that its `learn` actions add get the cookie of learned flows. */
export function toFlow({ counts: _, ...row }: Row): Flow {
  return { ...row, cookie: OWN_COOKIE, actions: row.actions.map(marked) };
}
