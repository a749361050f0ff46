/**
 * Removes ports while rounds go on. ovs-vswitchd takes seconds for it on a bridge with many ports, and no other change
 * depends on it.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";

export interface PortRemovalOptions {
  readonly ovsdb: Pick<OvsdbSession, "commit">;
  readonly log: Log;
}

export class PortRemoval {
  readonly #options: PortRemovalOptions;
  #running: Promise<void> | undefined;
  /** Names of the ports that are being removed. */
  #names: readonly string[] = [];
  #failure: Error | undefined;

  constructor(options: PortRemovalOptions) {
    this.#options = options;
  }

  /** Whether a removal has begun, and ovs-vswitchd has not done it yet. */
  get isUnderWay(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Begins to remove these ports. While an earlier removal is under way, it does nothing: the next call has those ports
   * that are still there.
   *
   * @throws If an earlier removal has failed.
   */
  begin(names: readonly string[], operations: readonly Operation[]): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
    if (names.length === 0 || this.#running) return;
    this.#names = names;
    this.#running = this.#remove(names, operations);
  }

  async #remove(names: readonly string[], operations: readonly Operation[]): Promise<void> {
    const { ovsdb, log } = this.#options;
    try {
      await ovsdb.commit(operations);
      for (const name of names) log.info("Port removed", { port: name });
    } catch (error) {
      this.#failure = error as Error;
    } finally {
      this.#running = undefined;
    }
  }

  /** Whether one of the ports that are being removed is wanted again. */
  hasWanted(isWanted: (name: string) => boolean): boolean {
    return this.isUnderWay && this.#names.some(isWanted);
  }

  /** Resolves when no removal is under way any more. */
  async ended(): Promise<void> {
    await this.#running;
  }
}
