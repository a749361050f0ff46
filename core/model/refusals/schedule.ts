/** Which TrafficControls are in effect at this time, of those that have a start or an end. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import { timeText } from "../../objects/period.ts";
import type { Control, Period } from "../../objects/types.ts";

export interface Clock {
  /** Milliseconds since 1970 began. It may be set to another time. */
  readonly time: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}
const CLOCK: Clock = { time: () => Date.now(), now: () => performance.now() };

/** Milliseconds between two looks at the time: it may have been set. */
const LOOK = 10_000;

type Phase = "before" | "during" | "after";

interface Planned {
  readonly period: Period;
  phase: Phase;
}

function phaseAt({ from = -Infinity, until = Infinity }: Period, time: number): Phase {
  return time >= until ? "after" : time < from ? "before" : "during";
}

/** When the phase ends. */
function endOf({ period: { from = Infinity, until = Infinity }, phase }: Planned): number {
  return { before: Math.min(from, until), during: until, after: Infinity }[phase];
}

export class Schedule {
  readonly #clock: Clock;
  readonly #planned = new Map<string, Planned>();
  /** The time of the last look. */
  #looked = -Infinity;
  /** The first time at which one of them changes; nothing if it must be found again. */
  #next: number | undefined;

  constructor(clock: Clock = CLOCK) {
    this.#clock = clock;
  }

  set({ name, period }: Control): void {
    this.delete(name);
    if (!period) return;
    const time = this.#clock.time();
    this.#planned.set(name, { period, phase: phaseAt(period, time) });
    this.#looked = Math.max(this.#looked, time); // if the clock is set back now, this one must be judged again
    this.#next = undefined;
  }

  delete(name: string): void {
    if (this.#planned.delete(name)) this.#next = undefined;
  }

  /** Why the TrafficControl does nothing at this time; nothing if it is in effect. */
  refusal(name: string): Condition | undefined {
    const planned = this.#planned.get(name);
    if (!planned || planned.phase === "during") return undefined;
    const { from, until } = planned.period;
    return planned.phase === "before"
      ? condition("Pending", `It begins at ${timeText(from!)}`)
      : condition("Expired", `It ended at ${timeText(until!)}`);
  }

  /** Looks at the clock. @returns Names of those that have begun or ended since the last look. */
  turn(): string[] {
    const time = this.#clock.time();
    const isSetBack = time < this.#looked;
    this.#looked = time;
    if (!isSetBack && time < this.#nextChange()) return [];
    this.#next = undefined;
    return [...this.#planned].flatMap(([name, planned]) => {
      const phase = phaseAt(planned.period, time);
      if (phase === planned.phase) return [];
      planned.phase = phase;
      return [name];
    });
  }

  /**
   * When the clock must be looked at next, in milliseconds of the monotonic clock. Also if all of them have ended: the
   * clock may be set back, e.g. as it was wrong when the node started.
   */
  dueAt(): number {
    if (this.#planned.size === 0) return Infinity;
    const left = this.#nextChange() - this.#clock.time();
    return this.#clock.now() + Math.min(LOOK, Math.max(0, left));
  }

  #nextChange(): number {
    return this.#next ??= [...this.#planned.values()].map(endOf)
      .reduce((first, each) => Math.min(first, each), Infinity);
  }
}
