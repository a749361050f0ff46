/** A session with an OVSDB server: it keeps a copy of the rows, and connects again when the connection ends. @module */
import { Backoff } from "../base/backoff.ts";
import { delay } from "../base/timer.ts";
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { Cache, type RowChange } from "./cache.ts";
import { type ClientOptions, type OperationResult, OvsdbClient } from "./client.ts";
import { VswitchdTimeoutError } from "./errors.ts";
import { Lock, type LockOptions, type LockState } from "./lock.ts";
import { DATABASE, SCHEMA } from "./schema.ts";
import { mutate, type Operation, select } from "./transaction.ts";

export interface SessionOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  /** Gets all rows that change, also those that changed while there was no connection. */
  readonly onChange: (changes: readonly RowChange[]) => void;
  /** Gets each change of state, and each other reason why there is no connection. */
  readonly onState: (state: "connected" | "disconnected", reason?: Error) => void;
  /**
   * A lock that the session asks for over each connection, before it is connected. `write` and `commit` fail without it.
   */
  readonly lock?: LockOptions;
  /** Says whether the session has the lock: after each time that it asked for it, and after each change. */
  readonly onLock?: (state: LockState) => void;
  /** Times of each connection: see `ClientOptions`. */
  readonly times?: Pick<ClientOptions, "timeout" | "requestTimeout" | "probeInterval">;
}

/** The id of no transaction: the server then sends all rows (ovsdb-server(7), section 4.1.15). */
const NOTHING_SEEN = "00000000-0000-0000-0000-000000000000";
const MONITOR = "sluice";

/** A lasting session; {@linkcode OvsdbSession.run} keeps it alive. */
export class OvsdbSession {
  readonly #options: SessionOptions;
  #client: OvsdbClient | undefined;
  readonly #lock: Lock | undefined;
  #cache = new Cache();
  #waiters = new Set<() => void>();
  /** Why there is no connection, as it was told last. */
  #down: string | undefined;
  /** When the present connection had its snapshot, in milliseconds of `performance.now()`. */
  #connectedAt = Infinity;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { lock } = options;
    this.#lock = lock && new Lock(lock, () => this.#tellLock());
  }

  /** Whether the session has its lock; nothing if it needs none. Without a connection, it does not have it. */
  get lock(): LockState | undefined {
    return this.#lock?.state;
  }

  /** The rows as of the last update; without a connection as they were when it ended. */
  get cache(): Cache {
    return this.#cache;
  }
  /** Whether there is a connection, and the cache is up to date. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Connects, and connects again when the connection ends, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      this.#connectedAt = Infinity;
      const reason = await this.#connection(signal);
      // A server that breaks after its first messages is no success, so that the pauses grow.
      if (performance.now() - this.#connectedAt >= LIMITS.switchSteady) backoff.reset();
      if (signal.aborted) return;
      this.#tellDown(reason);
      await delay(backoff.next(), signal);
    }
  }

  /** Each reason is told once for as long as there is no connection. */
  #tellDown(reason: Error | undefined): void {
    const message = reason?.message ?? "the connection is closed";
    if (message !== this.#down) this.#options.onState("disconnected", reason);
    this.#down = message;
  }

  /** One connection from its beginning to its end. @returns Why it ended. */
  async #connection(signal: AbortSignal): Promise<Error | undefined> {
    const { address, onState, times } = this.#options;
    let early: unknown[] | undefined = [];
    try {
      await using client = await OvsdbClient.connect(address, {
        signal,
        ...times,
        onNotification: (method, params) => {
          if (method === "monitor_canceled") throw canceled(address);
          this.#lock?.hears(method, params);
          if (method !== "update3" || !Array.isArray(params)) return;
          if (early) early.push(params[2]); // the update came before the snapshot
          else this.#changed(this.#cache.apply(params[2]));
        },
      });
      const snapped = await snapshot(client);
      await this.#lock?.ask(client, signal);
      const afterSnapshot = early;
      early = undefined;
      const changes = this.#cache.replace(snapped);
      this.#client = client;
      this.#down = undefined;
      this.#connectedAt = performance.now();
      onState("connected");
      this.#changed(changes);
      this.#tellLock();
      for (const updates of afterSnapshot) this.#changed(this.#cache.apply(updates));
      return await client.closed;
    } catch (error) {
      return error as Error;
    } finally {
      this.#client = undefined;
      this.#lock?.lose();
      this.#changed([]);
    }
  }

  /** Tells of the lock, once the rows of the connection are known. */
  #tellLock(): void {
    if (this.#client && this.#lock) this.#options.onLock?.(this.#lock.state);
  }

  #changed(changes: readonly RowChange[]): void {
    if (changes.length > 0) this.#options.onChange(changes);
    for (const look of [...this.#waiters]) look();
  }

  /**
   * Carries out a transaction.
   *
   * @returns One result for each operation.
   * @throws {NotConnectedError} If there is no connection, or it ends before the answer.
   * @throws {OvsdbError} If the server refuses the transaction.
   */
  async transact(operations: readonly Operation[]): Promise<OperationResult[]> {
    if (!this.#client) {
      throw new NotConnectedError(
        `Cannot carry out transaction at "${this.#options.address}": not connected`,
      );
    }
    return await this.#client.transact(DATABASE, operations);
  }

  /**
   * Carries out a transaction that changes rows, as long as the session has its lock.
   *
   * @returns One result for each operation.
   * @throws {NotOwnerError} If another connection has the lock.
   * @throws As `transact` does.
   */
  async write(operations: readonly Operation[]): Promise<OperationResult[]> {
    if (!this.#lock) return await this.transact(operations);
    const results = await this.transact([this.#lock.assertion(), ...operations]);
    return results.slice(1);
  }

  /**
   * Carries out a transaction that changes rows, and waits until ovs-vswitchd has applied it, which it tells in `cur_cfg`. By then the
   * rows of interfaces tell the errors that ovs-vswitchd had with them.
   *
   * @param options `timeout` in milliseconds (default `LIMITS.switchApply`).
   * @returns One result for each operation, and two more.
   * @throws {VswitchdTimeoutError} If ovs-vswitchd has not applied it in time.
   * @throws {NotOwnerError} If the session needs a lock that another connection has.
   * @throws {NotConnectedError} If the connection ends first: it is unknown then whether it was carried out.
   * @throws {OvsdbError} If the server refuses the transaction.
   */
  async commit(
    operations: readonly Operation[],
    options: { readonly timeout?: number } = {},
  ): Promise<OperationResult[]> {
    const client = this.#client;
    const results = await this.write([
      ...operations,
      mutate(DATABASE, [], [["next_cfg", "+=", 1]]),
      select(DATABASE, [], ["next_cfg"]),
    ]);
    const next = results.at(-1)?.rows?.[0]?.next_cfg;
    if (typeof next !== "number") throw new ProtocolError("Cannot read next_cfg: it is missing");
    await this.#applied(next, client, options);
    return results;
  }

  /**
   * Waits until ovs-vswitchd has applied all changes so far, except those of clients that do not wait for it either.
   *
   * @param options `timeout` in milliseconds (default 10,000).
   * @throws {VswitchdTimeoutError} If ovs-vswitchd has not applied them in time.
   * @throws {NotConnectedError} If the connection ends first.
   */
  async applied(options: { readonly timeout?: number } = {}): Promise<void> {
    const row = this.#cache.all(DATABASE).next().value;
    if (row) await this.#applied(row.next_cfg, this.#client, options);
  }

  async #applied(
    next: number,
    client: OvsdbClient | undefined,
    { timeout = LIMITS.switchApply }: { readonly timeout?: number },
  ): Promise<void> {
    const applied = (cache: Cache) => {
      const row = cache.all(DATABASE).next().value;
      return row && row.cur_cfg >= next ? row : undefined;
    };
    if (await this.waitFor(applied, { timeout })) return;
    if (this.#client !== client) {
      throw new NotConnectedError("Cannot wait for ovs-vswitchd: the connection was lost");
    }
    throw new VswitchdTimeoutError(
      "Cannot wait for ovs-vswitchd: it has not applied the change in time",
    );
  }

  /**
   * Calls `look` now and after each change of rows, until it returns something.
   *
   * @param options `timeout` in milliseconds.
   * @returns What `look` returned; nothing if the time is over, the connection has ended or the signal has aborted.
   */
  async waitFor<T>(
    look: (cache: Cache) => T | undefined,
    options: { readonly timeout: number; readonly signal?: AbortSignal },
  ): Promise<T | undefined> {
    const over = new AbortController();
    let found = look(this.#cache);
    const waiter = () => {
      found = this.connected ? look(this.#cache) : undefined;
      if (found !== undefined || !this.connected) over.abort();
    };
    if (found !== undefined) return found;
    this.#waiters.add(waiter);
    const signals = [over.signal, ...(options.signal ? [options.signal] : [])];
    await delay(options.timeout, AbortSignal.any(signals));
    this.#waiters.delete(waiter);
    return found;
  }
}

/** Asks for all rows, and for updates from now on: `monitor_cond_since`, ovsdb-server(7), section 4.1.15. */
async function snapshot(client: OvsdbClient): Promise<unknown> {
  const requests = Object.fromEntries(
    Object.entries(SCHEMA).map(([table, columns]) => [table, [{ columns: Object.keys(columns) }]]),
  );
  const answer = await client.request("monitor_cond_since", [
    DATABASE,
    MONITOR,
    requests,
    NOTHING_SEEN,
  ]);
  if (!Array.isArray(answer)) {
    throw new ProtocolError("Cannot read the snapshot of the database: it is not an array");
  }
  return answer[2];
}

/** The server has removed the database, or changed its schema, and sends no updates any more: ovsdb-server(7). */
const canceled = (address: string) =>
  new NotConnectedError(`Cannot follow OVSDB at "${address}": the server has canceled the monitor`);
