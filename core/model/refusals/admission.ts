/** Which TrafficControls may act: those that are in effect at this time, if no older one has their ports. @module */
import type { Condition } from "../../contracts/condition.ts";
import type { Control } from "../../objects/types.ts";
import { PortConflicts } from "./conflicts.ts";
import { type Clock, Schedule } from "./schedule.ts";

/** Each change returns the names of the TrafficControls that may act now and could not before, or the reverse. */
export class Admission {
  readonly #controls = new Map<string, Control>();
  readonly #conflicts = new PortConflicts();
  readonly #schedule: Schedule;

  constructor(clock?: Clock) {
    this.#schedule = new Schedule(clock);
  }

  /** Why the TrafficControl may not act; nothing if it may. */
  refusal(name: string): Condition | undefined {
    return this.#schedule.refusal(name) ?? this.#conflicts.refusal(name);
  }

  set(control: Control): string[] {
    this.#schedule.set(control);
    if (control.period) this.#controls.set(control.name, control);
    else this.#controls.delete(control.name);
    return this.#judge(control);
  }

  delete(name: string): string[] {
    this.#schedule.delete(name);
    this.#controls.delete(name);
    return this.#conflicts.delete(name);
  }

  /** Looks at the clock: TrafficControls may have begun or ended. */
  turn(): string[] {
    return this.#schedule.turn().flatMap((name) => [
      ...this.#judge(this.#controls.get(name)!),
      name,
    ]);
  }

  /** See `Waiter`. */
  dueAt(): number {
    return this.#schedule.dueAt();
  }

  /** One that is not in effect takes no port from others. */
  #judge(control: Control): string[] {
    return this.#schedule.refusal(control.name)
      ? this.#conflicts.delete(control.name)
      : this.#conflicts.set(control);
  }
}
