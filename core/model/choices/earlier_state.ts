/** What the flows of the switch tell of the state that a choice had before this agent started. Pure. @module */
import { EMPTY_PLACE } from "../../contracts/mod.ts";
import { type Flow, flowKey } from "../../openflow/mod.ts";
import type { ChoiceState } from "./choices.ts";

/** A state, and the ports that got packets in it. */
export interface EarlierState extends ChoiceState {
  readonly up: ReadonlySet<string>;
}

export interface EarlierFlows {
  /** The flows of the choice if nothing is wrong with its sensors. */
  readonly closed: readonly Flow[];
  /** The same with the flows that let packets pass. */
  readonly open: readonly Flow[];
  /** The flow that the switch has in the same place, if it has one. */
  readonly observed: (flow: Flow) => Flow | undefined;
}

const membersOf = (flow: Flow | undefined) =>
  flow?.actions.find((action) => action.type === "bundle")?.members;

/**
 * @param places Names of the ports by their places.
 * @returns Nothing if the switch has not had the choice.
 */
export function earlierState(
  places: readonly (string | undefined)[],
  { closed, open, observed }: EarlierFlows,
): EarlierState | undefined {
  const closing = new Set(closed.map(flowKey));
  const opening = open.filter((flow) => !closing.has(flowKey(flow)));
  const lists = closed.map((flow) => membersOf(observed(flow))).filter((list) =>
    list !== undefined
  );
  const isOpen = opening.length > 0 && opening.every((flow) => observed(flow) !== undefined);
  if (lists.length === 0 && !isOpen && !closed.every(observed)) return undefined;
  const has = (is: (member: number) => boolean) => (_: unknown, index: number) =>
    lists.some((list) => list[index] !== undefined && is(list[index]));
  const named = (found: readonly (string | undefined)[]) =>
    new Set(found.filter((name) => name !== undefined));
  return {
    isOpen,
    down: named(places.filter(has((member) => member >= EMPTY_PLACE))),
    // A port that was not in the list may have come while no agent ran
    up: named(lists.length === 0 ? places : places.filter(has((member) => member < EMPTY_PLACE))),
  };
}
