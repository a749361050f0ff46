/** A lasting session: connected as long as the server is there, with a cache of what it holds. @module */
import { Backoff, delay } from "../base/backoff.ts";
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { Cache, type RowChange } from "./cache.ts";
import { type OperationResult, OvsdbClient } from "./client.ts";
import { VswitchdTimeoutError } from "./errors.ts";
import { DATABASE, SCHEMA } from "./schema.ts";
import { mutate, type Operation, select } from "./transaction.ts";

export interface SessionOptions {
  readonly address: string;
  /** Rows that changed, also over a gap: what is not reported has not changed. */
  readonly onChange: (changes: readonly RowChange[]) => void;
  readonly onState: (state: "connected" | "disconnected", reason?: Error) => void;
  /** Milliseconds: see `ClientOptions`. */
  readonly probeInterval?: number;
}

/** Any transaction id that no server has: all is sent (ovsdb-server(7), section 4.1.15). */
const NOTHING_SEEN = "00000000-0000-0000-0000-000000000000";
const MONITOR = "sluice";
/** Milliseconds for ovs-vswitchd to take over a change. */
const COMMIT_TIMEOUT = 10_000;

export class OvsdbSession {
  readonly #options: SessionOptions;
  #client: OvsdbClient | undefined;
  #cache = new Cache();
  #waiters = new Set<() => void>();
  #down = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get cache(): Cache {
    return this.#cache;
  }
  /** And the cache is up to date. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      const reason = await this.#connection(signal, () => backoff.reset());
      if (signal.aborted) return;
      if (!this.#down) this.#options.onState("disconnected", reason);
      this.#down = true;
      await delay(backoff.next(), signal);
    }
  }

  /** One connection from its beginning to its end. @returns Why it ended. */
  async #connection(signal: AbortSignal, connected: () => void): Promise<Error | undefined> {
    const { address, onState, probeInterval } = this.#options;
    let early: unknown[] | undefined = [];
    try {
      await using client = await OvsdbClient.connect(address, {
        signal,
        ...(probeInterval !== undefined && { probeInterval }),
        onNotification: (method, params) => {
          if (method !== "update3" || !Array.isArray(params)) return;
          if (early) early.push(params[2]); // it overtook the snapshot
          else this.#changed(this.#cache.apply(params[2]));
        },
      });
      const snapped = await snapshot(client);
      const overtaken = early;
      early = undefined;
      const changes = this.#cache.replace(snapped);
      this.#client = client;
      this.#down = false;
      connected();
      onState("connected");
      this.#changed(changes);
      for (const updates of overtaken) this.#changed(this.#cache.apply(updates));
      return await client.closed;
    } catch (error) {
      return error as Error;
    } finally {
      this.#client = undefined;
      this.#changed([]);
    }
  }

  #changed(changes: readonly RowChange[]): void {
    if (changes.length > 0) this.#options.onChange(changes);
    for (const look of [...this.#waiters]) look();
  }

  /** @throws {NotConnectedError} While there is no connection. @throws {OvsdbError} If it is refused. */
  async transact(operations: readonly Operation[]): Promise<OperationResult[]> {
    if (!this.#client) {
      throw new NotConnectedError(
        `Cannot carry out transaction at "${this.#options.address}": not connected`,
      );
    }
    return await this.#client.transact(DATABASE, operations);
  }

  /**
   * Carries out a transaction and waits until ovs-vswitchd has taken it over, which shows in `cur_cfg`. Errors of
   * single interfaces are in their rows then.
   *
   * @throws {VswitchdTimeoutError} If it does not in time.
   * @throws {NotConnectedError} If the connection is lost meanwhile: it may have been carried out or not.
   */
  async commit(
    operations: readonly Operation[],
    options: { readonly timeout?: number } = {},
  ): Promise<OperationResult[]> {
    const client = this.#client;
    const results = await this.transact([
      ...operations,
      mutate(DATABASE, [], [["next_cfg", "+=", 1]]),
      select(DATABASE, [], ["next_cfg"]),
    ]);
    const next = results.at(-1)?.rows?.[0]?.next_cfg;
    if (typeof next !== "number") throw new ProtocolError("Cannot read next_cfg: it is missing");
    const applied = (cache: Cache) => {
      const row = cache.all(DATABASE).next().value;
      return row && row.cur_cfg >= next ? row : undefined;
    };
    if (!await this.waitFor(applied, { timeout: options.timeout ?? COMMIT_TIMEOUT })) {
      if (this.#client !== client) {
        throw new NotConnectedError("Cannot wait for ovs-vswitchd: the connection was lost");
      }
      throw new VswitchdTimeoutError(
        "Cannot wait for ovs-vswitchd: it has not taken over the change",
      );
    }
    return results;
  }

  /**
   * Looks at each change until there is something.
   *
   * @param options `timeout` in milliseconds.
   * @returns Nothing when the time is over, the connection is lost or the signal aborts.
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

/** `monitor_cond_since` of all that the schema names: ovsdb-server(7), section 4.1.15. */
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
  if (!Array.isArray(answer)) throw new ProtocolError("Cannot read snapshot: it is no array");
  return answer[2];
}
