/** Writes to the log what keeps Sluice from writing to the bridge, once when it begins and once when it ends. @module */
import type { Log } from "../base/log.ts";
import { type Condition, cureOf, type Reason } from "../contracts/condition.ts";

/** Each start, and each restart of a peer, has these for a moment. */
const PASSING: readonly Reason[] = ["Disconnected", "SourceIncomplete"];
/** Milliseconds after which they are said. */
const GRACE = 1000;

interface Blocker {
  readonly condition: Condition;
  /** Milliseconds. */
  readonly since: number;
  isLogged: boolean;
}

export class BlockerLog {
  readonly #log: Log;
  readonly #now: () => number;
  /** By bridge, then by what the log says of them. */
  readonly #blockers = new Map<string, ReadonlyMap<string, Blocker>>();

  /** @param now Milliseconds, monotonic. */
  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** @param bridge Its name. @param conditions All that hinder Sluice now. */
  report(bridge: string, conditions: readonly Condition[]): void {
    const before = this.#blockers.get(bridge) ?? new Map<string, Blocker>();
    const blockers = new Map(conditions.map((condition) => {
      const key = `${condition.reason} ${condition.message}`;
      return [key, before.get(key) ?? { condition, since: this.#now(), isLogged: false }];
    }));
    this.#blockers.set(bridge, blockers);
    for (const [key, { condition, isLogged }] of before) {
      if (!isLogged || blockers.has(key)) continue;
      const { reason, message } = condition;
      this.#log.info("Not blocked any more", { bridge, reason, message });
    }
    for (const blocker of blockers.values()) this.#begin(bridge, blocker);
  }

  #begin(bridge: string, blocker: Blocker): void {
    const { condition, since, isLogged } = blocker;
    const { reason, message } = condition;
    if (isLogged || PASSING.includes(reason) && this.#now() - since < GRACE) return;
    blocker.isLogged = true;
    this.#log.warning("Blocked: nothing is written", {
      bridge,
      reason,
      message,
      cure: cureOf(condition),
    });
  }
}
