/** Watches over the reconciler's rounds: whether one hangs, and for how long none has done its work. @module */
import { LIMITS } from "../base/limits.ts";

/** How a round ended. */
export type RoundEnd =
  /** All is as the model wants it. */
  | "done"
  /** Something that a restart of the agent cannot change stands in the way: a condition, or an incomplete source. */
  | "waiting"
  /** OVSDB or the bridge does not answer, or refuses a change. */
  | "failed";

/** What is over time, since when, and why. */
export interface Overdue {
  /** Milliseconds. */
  readonly since: number;
  /** The step that hangs; absent if rounds end, but none ends well. */
  readonly step?: string;
}

/** Times are in milliseconds of a monotonic clock. */
export class RoundWatch {
  readonly #now: () => number;
  /** The step that runs now, and when it began, or made progress. */
  #step: { readonly name: string; readonly since: number } | undefined;
  /** When a round ended last in another way than by a failure; at first, when the agent started. */
  #wellAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#wellAt = now();
  }

  /** A step of the round begins, and the step before has ended. @param name What it does, for an operator. */
  step(name: string): void {
    this.#step = { name, since: this.#now() };
  }

  /** The step that runs does not hang: something of it has been done. */
  progress(): void {
    if (this.#step) this.#step = { ...this.#step, since: this.#now() };
  }

  /** The round has ended. */
  end(how: RoundEnd): void {
    this.#step = undefined;
    if (how !== "failed") this.#wellAt = this.#now();
  }

  /** What takes longer than it may; nothing if all is well. */
  overdue(): Overdue | undefined {
    const { name, since = Infinity } = this.#step ?? {};
    const hung = this.#now() - since;
    if (hung > LIMITS.roundStep) return { since: hung, step: name! };
    const failing = this.#now() - this.#wellAt;
    return failing > LIMITS.roundAge ? { since: failing } : undefined;
  }
}
