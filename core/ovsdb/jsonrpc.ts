/**
 * JSON-RPC 1.0 over a stream: RFC 7047 section 4. JSON texts follow each other without a separator, and both sides may
 * send requests.
 * @module
 */
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Stream } from "../base/stream.ts";
import { after } from "../base/timer.ts";
import { JsonSplitter } from "./json_splitter.ts";

const READ_SIZE = 64 * 1024;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The peer answered a request with an error. `error` is the JSON value that it sent. */
export class RpcError extends Error {
  constructor(readonly error: unknown) {
    super(`Cannot carry out request: ${JSON.stringify(error)}`);
  }
}

type Message = {
  id?: unknown;
  method?: unknown;
  params?: unknown;
  result?: unknown;
  error?: unknown;
};

export interface RpcOptions {
  /** The peer's address, for errors. */
  readonly address: string;
  /** What the peer is, for errors. @default {"OVSDB"} */
  readonly peer?: string;
  /** Bytes of the longest message that the peer may send. @default {LIMITS.ovsdbMessage} */
  readonly longest?: number;
  /** Milliseconds for each answer. @default {LIMITS.switchAnswer} */
  readonly timeout?: number;
  readonly onNotification: (method: string, params: unknown) => void;
}

/** JSON-RPC over one connection. It answers the peer's `echo`; notifications go to `onNotification`. */
export class JsonRpc {
  readonly #stream: Stream;
  readonly #options: RpcOptions;
  #pending = new Map<number, Pending>();
  #nextID = 1;
  #reason: Error | undefined;

  constructor(stream: Stream, options: RpcOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * Sends a request, and waits for its result. If that does not come in time, the connection ends: a server that
   * swallows one answer may have swallowed updates, too.
   *
   * @param timeout Milliseconds; by default those of the options.
   * @throws {RpcError} If the peer answers with an error.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async request(
    method: string,
    params: readonly unknown[],
    timeout: number = this.#options.timeout ?? LIMITS.switchAnswer,
  ): Promise<unknown> {
    const id = this.#nextID++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    using _timer = after(timeout, () => {
      this.end(this.#unreachable(`no answer to ${method} within ${timeout} ms`));
    });
    this.#send({ method, params, id }).catch(reject); // the connection may end before the kernel has taken all of it
    try {
      return await promise;
    } finally {
      this.#pending.delete(id);
    }
  }

  #unreachable(state: string): NotConnectedError {
    const { address, peer = "OVSDB" } = this.#options;
    return new NotConnectedError(`Cannot reach ${peer} at "${address}": ${state}`);
  }

  #send(message: unknown): Promise<void> {
    return this.#stream.send(new TextEncoder().encode(JSON.stringify(message)));
  }

  /** Ends the connection. @param reason Why; nothing if this side does not need it any more. */
  end(reason?: Error): void {
    this.#reason ??= reason;
    this.#stream.close();
  }

  /**
   * Reads until the connection ends.
   *
   * @returns Why it has ended; nothing if this side has closed it.
   */
  async run(): Promise<Error | undefined> {
    try {
      await this.#read();
    } catch (error) {
      this.end(error as Error);
    }
    const closed = this.#unreachable("the connection is closed");
    if (!this.#stream.closed) this.end(closed);
    const { message } = this.#reason ?? closed;
    const gone = new NotConnectedError(message, { cause: this.#reason });
    for (const { reject } of this.#pending.values()) reject(gone);
    this.#pending.clear();
    return this.#reason;
  }

  /** @throws {ProtocolError} If the peer sends what is not JSON-RPC. */
  async #read(): Promise<void> {
    const splitter = new JsonSplitter(this.#options.longest);
    const buffer = new Uint8Array(READ_SIZE);
    for (let chunk; (chunk = await this.#stream.read(buffer));) {
      for (const message of splitter.push(chunk)) this.#receive(message as Message);
    }
  }

  #receive(message: Message): void {
    if (typeof message !== "object" || message === null) {
      throw new ProtocolError("Cannot read a message: it is not a JSON object");
    }
    if (typeof message.method === "string") this.#called(message);
    else this.#answered(message);
  }

  #called({ method, params, id }: Message): void {
    if (method === "echo" && id !== null && id !== undefined) {
      this.#send({ result: params, error: null, id }).catch(() => {}); // run() sees the end of the connection, too
    } else this.#options.onNotification(method as string, params);
  }

  #answered({ id, result, error }: Message): void {
    const pending = this.#pending.get(id as number);
    if (!pending) return; // the answer to a request that has failed already
    this.#pending.delete(id as number);
    if (error !== null && error !== undefined) pending.reject(new RpcError(error));
    else pending.resolve(result);
  }
}
