/** One connection to an OVSDB server (RFC 7047 section 4.1). @module */
import { dialWithin } from "../base/dialing.ts";
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { Stream } from "../base/stream.ts";
import { delay, timeLimit } from "../base/timer.ts";
import { ovsdbError } from "./errors.ts";
import { JsonRpc, RpcError } from "./jsonrpc.ts";
import { decodeValue, type Read } from "./notation.ts";
import type { Operation } from "./transaction.ts";

/** The result of one operation: RFC 7047 section 5.2 says which operation has which member. */
export interface OperationResult {
  readonly count?: number;
  readonly uuid?: string;
  readonly rows?: readonly Readonly<Record<string, Read>>[];
}

export interface ClientOptions {
  /** Closes the connection, or ends the attempt to connect. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the server must have answered for the first time. @default {LIMITS.switchConnect} */
  readonly timeout?: number;
  /** Milliseconds for each later answer. @default {LIMITS.switchAnswer} */
  readonly requestTimeout?: number;
  /** Milliseconds between two probes, and for the answer to one. @default {LIMITS.switchEcho} */
  readonly probeInterval?: number;
  /** Gets each notification of the server, such as `update3`. */
  readonly onNotification?: (method: string, params: unknown) => void;
}

/** A client of one OVSDB server, for as long as its connection lasts. */
export class OvsdbClient implements AsyncDisposable {
  readonly #rpc: JsonRpc;
  readonly #over = new AbortController();
  /** Resolves when the connection has ended: with the error that ended it, unless this side has closed it. */
  readonly closed: Promise<Error | undefined>;

  private constructor(stream: Stream, options: ClientOptions & { readonly address: string }) {
    const { address, requestTimeout: timeout, onNotification = () => {} } = options;
    this.#rpc = new JsonRpc(stream, { address, onNotification, ...(timeout && { timeout }) });
    const reading = this.#rpc.run();
    const close = () => this.#rpc.end();
    options.signal?.addEventListener("abort", close);
    if (options.signal?.aborted) close(); // it was aborted while the connection was made
    const probing = this.#probe(options.probeInterval ?? LIMITS.switchEcho);
    this.closed = reading.then(async (error) => {
      options.signal?.removeEventListener("abort", close);
      this.#over.abort();
      await probing;
      return error;
    });
  }

  /**
   * Connects to `unix:PATH` or `tcp:HOST:PORT`, and asks for the list of databases: a server that is stopped accepts
   * connections, and does not answer.
   *
   * @throws {NotConnectedError} If no server listens there, or it does not answer in time.
   * @throws {TerminalError} If `address` has another form.
   */
  static async connect(address: string, options: ClientOptions = {}): Promise<OvsdbClient> {
    const timeout = options.timeout ?? LIMITS.switchConnect;
    const time = timeLimit(timeout);
    const limit = options.signal ? AbortSignal.any([options.signal, time]) : time;
    const stream = new Stream(await dialWithin(address, limit));
    const client = new OvsdbClient(stream, { ...options, address });
    try {
      await client.#rpc.request("list_dbs", [], timeout);
      return client;
    } catch (cause) {
      await client.close();
      throw new NotConnectedError(`Cannot reach OVSDB at "${address}": it does not answer`, {
        cause,
      });
    }
  }

  /** The names of the server's databases: RFC 7047 section 4.1.1. */
  async listDbs(): Promise<readonly string[]> {
    return await this.#rpc.request("list_dbs", []) as string[];
  }

  /** The schema of a database, as JSON: RFC 7047 section 4.1.2. */
  getSchema(database: string): Promise<unknown> {
    return this.request("get_schema", [database]);
  }

  /** Waits until the server answers: RFC 7047 section 4.1.11. */
  async echo(): Promise<void> {
    await this.#rpc.request("echo", []);
  }

  /**
   * Sends a request, and waits for its result.
   *
   * @throws {OvsdbError} If the server answers with an error; its class follows from the error's string.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#rpc.request(method, params);
    } catch (error) {
      if (error instanceof RpcError) throw topLevelError(error.error);
      throw error;
    }
  }

  /**
   * Carries out all these operations, or none: RFC 7047 section 4.1.3.
   *
   * @returns One result for each operation.
   * @throws {OvsdbError} If one fails, with that operation, or if the commit fails; its class follows from the error's
   * string.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async transact(database: string, operations: readonly Operation[]): Promise<OperationResult[]> {
    const results = await this.request("transact", [database, ...operations]);
    if (!Array.isArray(results)) {
      throw new ProtocolError("Cannot read the results of a transaction: they are not an array");
    }
    // If the commit itself fails, there is one more result than there were operations: RFC 7047 section 4.1.3.
    const index = results.findIndex((result) => result !== null && "error" in Object(result));
    if (index >= 0) throw operationError(results[index], index, operations[index]);
    return results.map(decodeResult);
  }

  /** Closes the connection; requests that are not answered fail. @param reason What `closed` says. */
  async close(reason?: Error): Promise<void> {
    this.#rpc.end(reason);
    await this.closed;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Asks the server for an echo from time to time: a stopped server causes no error. Only the answer with the id of the
   * request counts, because a server that is half broken may send other bytes.
   */
  async #probe(interval: number): Promise<void> {
    const { signal } = this.#over;
    while (true) {
      await delay(interval, signal);
      if (signal.aborted) return;
      await this.#rpc.request("echo", [], interval).catch(() => {}); // it ended the connection
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
