/**
 * Removes ports while rounds go on. ovs-vswitchd takes seconds for it on a bridge with many ports, and no other change
 * depends on it.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Log } from "../base/log.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";
import { RETRY } from "./pauses.ts";

export interface PortRemovalOptions {
  readonly ovsdb: Pick<OvsdbSession, "commit">;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export class PortRemoval implements Waiter {
  readonly #options: PortRemovalOptions;
  readonly #backoff = new Backoff(RETRY);
  #running: Promise<void> | undefined;
  /** Names of the ports that are being removed. */
  #names: readonly string[] = [];
  #failure: Condition | undefined;
  /** When ports are removed again after a failure, in milliseconds. */
  #until = -Infinity;

  constructor(options: PortRemovalOptions) {
    this.#options = options;
  }

  /** Whether a removal has begun, and ovs-vswitchd has not done it yet. */
  get isUnderWay(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the removal that is under way has ended, well or not; never if none is under way. */
  get end(): Promise<void> {
    return this.#running ?? new Promise(() => {}); // one for all callers would keep every one of them in memory
  }

  /** Why the last removal failed; nothing if it did not, or nothing is to be removed any more. */
  get failure(): Condition | undefined {
    return this.#failure;
  }

  /** When ports are removed again after a failure. */
  dueAt(): number {
    return this.#failure && !this.#running ? this.#until : Infinity;
  }

  /**
   * Begins to remove these ports. It does nothing while an earlier removal is under way, or has failed a short time ago:
   * the next call has those ports that are still there.
   */
  begin(names: readonly string[], operations: readonly Operation[]): void {
    if (this.#running) return;
    if (names.length === 0) return this.#succeeded();
    if (this.#options.now() < this.#until) return;
    this.#names = names;
    this.#running = this.#remove(names, operations);
  }

  async #remove(names: readonly string[], operations: readonly Operation[]): Promise<void> {
    const { ovsdb, log } = this.#options;
    try {
      await ovsdb.commit(operations);
      for (const name of names) log.info("Port removed", { port: name });
      this.#succeeded();
    } catch (error) {
      this.#failed(error as Error);
    } finally {
      this.#running = undefined;
    }
  }

  #succeeded(): void {
    this.#failure = undefined;
    this.#until = -Infinity;
    this.#backoff.reset();
  }

  #failed({ message }: Error): void {
    const ports = this.#names.join(", ");
    const failure = condition("RoundFailed", `Cannot remove ports "${ports}": ${message}`);
    if (failure.message !== this.#failure?.message) {
      this.#options.log.warning("Ports not removed", { ports, error: message });
    }
    this.#failure = failure;
    this.#until = this.#options.now() + this.#backoff.next();
  }

  /** Whether one of the ports that are being removed is wanted again. */
  hasWanted(isWanted: (name: string) => boolean): boolean {
    return this.isUnderWay && this.#names.some(isWanted);
  }
}
