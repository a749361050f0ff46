/** Who works on a bridge: what the note in the bridge's row says of the agent that has the bridge's lock. @module */
import { foreign } from "../base/foreign_text.ts";
import { HOLDER, parseHolder } from "../base/marks.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { bridgeView, type Cache } from "../ovsdb/mod.ts";

/** The note in the bridge's row; nothing if there is none. */
export function holderNote(cache: Cache, bridge: string): string | undefined {
  return bridgeView(cache, bridge)?.row.external_ids[HOLDER];
}

/** The agent that a note names, in words. */
export function holderInWords(note: string | undefined): string {
  if (note === undefined) return "an agent that has not said yet who it is";
  const holder = parseHolder(note);
  if (!holder) return `the agent ${foreign(note)}`;
  const { host, pid, since } = holder;
  return `the agent with process ${pid} on host ${foreign(host)}, which runs since ${since}`;
}

/** The condition of a bridge whose lock another agent has. @param own The note that this agent would write. */
export function anotherAgent(cache: Cache, bridge: string, own: string | undefined): Condition {
  const note = holderNote(cache, bridge);
  const holder = holderInWords(note === own ? undefined : note);
  return condition(
    "AnotherAgent",
    `Bridge "${bridge}" is in the hands of ${holder}`,
    "stop that agent, or give this one another bridge; this one takes over when that one ends",
  );
}
