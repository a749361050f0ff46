/** One connection to an OVSDB server (RFC 7047 section 4.1). @module */
import { delay } from "../base/backoff.ts";
import { dialWithin } from "../base/dialing.ts";
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { Stream } from "../base/stream.ts";
import { ovsdbError } from "./errors.ts";
import { JsonRpc, RpcError } from "./jsonrpc.ts";
import { decodeValue, type Read } from "./notation.ts";
import type { Operation } from "./transaction.ts";

/** What one operation gave: section 5.2. */
export interface OperationResult {
  readonly count?: number;
  readonly uuid?: string;
  readonly rows?: readonly Readonly<Record<string, Read>>[];
}

export interface ClientOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for the server's first answer. */
  readonly timeout?: number;
  /** Milliseconds of silence before we probe, and then before we give up. */
  readonly probeInterval?: number;
  readonly onNotification?: (method: string, params: unknown) => void;
}

const CONNECT_TIMEOUT = 5000;
const PROBE_INTERVAL = 5000;

export class OvsdbClient implements AsyncDisposable {
  readonly #rpc: JsonRpc;
  readonly #stream: Stream;
  readonly #over = new AbortController();
  /** Resolves when the connection is over, with what ended it, if it was not us. */
  readonly closed: Promise<Error | undefined>;

  private constructor(stream: Stream, options: ClientOptions) {
    this.#stream = stream;
    this.#rpc = new JsonRpc(stream, options.onNotification ?? (() => {}));
    const reading = this.#rpc.run().then(() => undefined, (error: Error) => error);
    const close = () => this.#stream.close();
    options.signal?.addEventListener("abort", close);
    if (options.signal?.aborted) close(); // while it connected
    const probing = this.#probe(options.probeInterval ?? PROBE_INTERVAL);
    this.closed = reading.then(async (error) => {
      options.signal?.removeEventListener("abort", close);
      this.#over.abort();
      await probing;
      return error;
    });
  }

  /**
   * Connects and asks for the list of databases: a stopped server still accepts.
   *
   * @throws {NotConnectedError} If nobody answers in time.
   */
  static async connect(address: string, options: ClientOptions = {}): Promise<OvsdbClient> {
    const time = AbortSignal.timeout(options.timeout ?? CONNECT_TIMEOUT);
    const limit = options.signal ? AbortSignal.any([options.signal, time]) : time;
    const client = new OvsdbClient(new Stream(await dialWithin(address, limit)), options);
    const timer = setTimeout(() => client.#stream.close(), options.timeout ?? CONNECT_TIMEOUT);
    try {
      await client.listDbs();
      return client;
    } catch (cause) {
      await client.close();
      throw new NotConnectedError(`Cannot reach OVSDB at "${address}": it does not answer`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Section 4.1.1. */
  async listDbs(): Promise<readonly string[]> {
    return await this.#rpc.request("list_dbs", []) as string[];
  }

  /** Section 4.1.2. */
  getSchema(database: string): Promise<unknown> {
    return this.request("get_schema", [database]);
  }

  /** Section 4.1.11. */
  async echo(): Promise<void> {
    await this.#rpc.request("echo", []);
  }

  /** @throws {OvsdbError} Of the class for the error's string. */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#rpc.request(method, params);
    } catch (error) {
      if (error instanceof RpcError) throw topLevelError(error.error);
      throw error;
    }
  }

  /**
   * All of them or none (section 4.1.3).
   *
   * @throws {OvsdbError} Of the class for the error's string, with the operation that failed.
   */
  async transact(database: string, operations: readonly Operation[]): Promise<OperationResult[]> {
    const results = await this.request("transact", [database, ...operations]);
    if (!Array.isArray(results)) throw new ProtocolError("Cannot read results: they are no array");
    // A failed commit is one result more than there were operations: section 4.1.3.
    const index = results.findIndex((result) => result !== null && "error" in Object(result));
    if (index >= 0) throw operationError(results[index], index, operations[index]);
    return results.map(decodeResult);
  }

  async close(): Promise<void> {
    this.#stream.close();
    await this.closed;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A server that is stopped gives no error: only silence tells. */
  async #probe(interval: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await delay(interval, signal);
      if (signal.aborted || performance.now() - this.#rpc.heard < interval) continue;
      const asked = performance.now();
      this.echo().catch(() => {});
      await delay(interval, signal);
      if (!signal.aborted && this.#rpc.heard < asked) this.#stream.close();
    }
  }
}

type ErrorObject = { error: string; details?: string };

function topLevelError(error: unknown) {
  if (typeof error === "object" && error !== null && "error" in error) {
    return ovsdbError(error as ErrorObject);
  }
  return ovsdbError({ error: typeof error === "string" ? error : JSON.stringify(error) });
}

function operationError(result: ErrorObject, index: number, operation: Operation | undefined) {
  const { error, details } = result;
  return ovsdbError({
    error,
    ...(details !== undefined && { details }),
    ...(operation && { index, operation }),
  });
}

function decodeResult(json: unknown): OperationResult {
  const { count, uuid, rows } = Object(json) as { count?: number; uuid?: unknown; rows?: unknown };
  return {
    ...(count !== undefined && { count }),
    ...(uuid !== undefined && { uuid: String(decodeValue(uuid)) }),
    ...(Array.isArray(rows) && { rows: rows.map(decodeRow) }),
  };
}

function decodeRow(row: unknown): Readonly<Record<string, Read>> {
  return Object.fromEntries(
    Object.entries(Object(row)).map(([column, value]) => [column, decodeValue(value)]),
  );
}
