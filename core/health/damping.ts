/** Damping of a sensor that dies again and again: each relapse doubles the time until it counts as alive. @module */
import type { ProbeSettings } from "../contracts/mod.ts";

/** The longest time for which relapses make a sensor wait, in milliseconds. */
export const LONGEST_HOLD = 60_000;
/** A sensor that has lived for so many milliseconds has no past: its next death is a first one. */
export const QUIET = 600_000;

export class Damping {
  #deaths = 0;
  #cameBackAt = -Infinity;

  /** The sensor was alive, and is dead. */
  died(now: number): void {
    if (now - this.#cameBackAt >= QUIET) this.#deaths = 0;
    this.#deaths++;
  }

  /** The sensor was dead, and is alive. */
  cameBack(now: number): void {
    this.#cameBackAt = now;
  }

  /** How many answers, one after the other, a dead sensor must give. A first death is no relapse. */
  answersNeeded(
    { successThreshold, interval }: Pick<ProbeSettings, "successThreshold" | "interval">,
  ): number {
    const relapses = Math.max(0, this.#deaths - 1);
    const most = Math.max(successThreshold, Math.floor(LONGEST_HOLD / interval));
    return Math.min(most, successThreshold * 2 ** relapses);
  }
}
