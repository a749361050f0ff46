/**
 * The Events that are to be written. If a warning begins and ends faster than Events may be written, only its newest Event
 * is written: so what users see last is right.
 * @module
 */
import type { Events, Happening } from "./events.ts";
import { realizedHappening, warningHappenings, warningsIn } from "./happenings.ts";
import type { ControlStatus, KnownControl } from "./summary.ts";

/** What is known of the warnings of one TrafficControl. */
interface Warned {
  readonly uid: string;
  readonly warnings: ReadonlyMap<string, string>;
}

/** What an Event is about: this, or a warning. */
const REALIZED = "Realized";

export class EventQueue {
  readonly #events: Pick<Events, "tell">;
  /** By the name of a TrafficControl, and by what they are about. */
  readonly #untold = new Map<string, Map<string, Happening>>();
  /**
   * By the name of a TrafficControl that has had a warning. The status in the API server may be older, or not be kept
   * there.
   */
  readonly #warned = new Map<string, Warned>();

  constructor(events: Pick<Events, "tell">) {
    this.#events = events;
  }

  /** The TrafficControl is gone. */
  forget(name: string): void {
    this.#untold.delete(name);
    this.#warned.delete(name);
  }

  /** Its new status is written. */
  written({ name, status: before }: KnownControl, status: ControlStatus): void {
    const happening = realizedHappening(before, status);
    if (happening) this.#add(name, REALIZED, happening);
  }

  /** Its status is this one, whether it could be written or not. */
  summarized({ name, uid, status: kept }: KnownControl, status: ControlStatus): void {
    const known = this.#warned.get(name);
    const before = known && known.uid === uid ? known.warnings : warningsIn(kept);
    const warnings = warningsIn(status);
    if (before.size + warnings.size > 0) this.#warned.set(name, { uid, warnings });
    for (const [about, happening] of warningHappenings(before, warnings)) {
      this.#add(name, about, happening);
    }
  }

  #add(name: string, about: string, happening: Happening): void {
    this.#untold.getOrInsertComputed(name, () => new Map()).set(about, happening);
  }

  /** Whether there is something to tell. */
  has(name: string): boolean {
    return this.#untold.has(name);
  }

  /**
   * Tells what may be told now.
   *
   * @returns Milliseconds until something else may be told; nothing if all is told.
   * @throws {ApiError} If an Event could not be written. It stays here.
   */
  async tell(control: KnownControl, signal: AbortSignal): Promise<number | undefined> {
    const untold = this.#untold.get(control.name);
    const waits: number[] = [];
    for (const [about, happening] of untold ?? []) {
      const wait = await this.#events.tell(control, happening, signal);
      // Where the server keeps no status, each one is a new failure: kept for later, they would never end.
      if (wait > 0 && about !== REALIZED) waits.push(wait);
      else untold!.delete(about);
    }
    if (untold?.size === 0) this.#untold.delete(control.name);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }
}
