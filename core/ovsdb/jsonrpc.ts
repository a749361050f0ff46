/** JSON-RPC 1.0 over a stream, both sides asking and answering: RFC 7047 section 4. @module */
import { NotConnectedError, ProtocolError } from "../errors.ts";
import { Stream } from "../stream.ts";
import { toOvsdbError } from "./errors.ts";
import { isObject, type Json } from "./notation.ts";
import { JsonSplitter } from "./splitter.ts";

const READ_SIZE = 64 * 1024;

/** Notifications of the peer, in the order in which they come. */
export type NotificationHandler = (method: string, params: Json) => void;

/** Bounds of one request. */
export interface RequestOptions {
  /** Milliseconds; a peer that takes longer is given up, and the connection with it. */
  readonly timeout: number;
  /** Asks the peer by `cancel` to end the request: RFC 7047 section 4.1.4. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly method: string;
  readonly resolve: (result: Json) => void;
  readonly reject: (error: Error) => void;
}

type Message = { readonly [member: string]: Json };

/** One connection. It ends once, and tells why in `closed`. */
export class JsonRpc implements AsyncDisposable {
  readonly #stream: Stream;
  readonly #onNotification: NotificationHandler;
  readonly #pending = new Map<number, Pending>();
  readonly #closed = Promise.withResolvers<Error>();
  readonly #encoder = new TextEncoder();
  readonly #reading: Promise<void>;
  #nextID = 0;

  /** @param onNotification If it throws, the connection ends for that reason. */
  constructor(conn: Deno.Conn, onNotification: NotificationHandler) {
    this.#stream = new Stream(conn);
    this.#onNotification = onNotification;
    this.#reading = this.#read();
  }

  /** Fulfilled with the reason when the connection has ended. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /**
   * Sends a request and waits for the answer.
   *
   * @throws {OvsdbError | OvsdbTerminalError} If the peer answers with an error.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async request(method: string, params: Json, options: RequestOptions): Promise<Json> {
    const { timeout, signal } = options;
    const id = this.#nextID++;
    const answer = Promise.withResolvers<Json>();
    this.#pending.set(id, { method, ...answer });
    const cancel = () => void this.notify("cancel", [id]).catch(() => {});
    const timer = setTimeout(() => {
      this.close(new NotConnectedError(`Cannot run "${method}": no answer for ${timeout} ms`));
    }, timeout);
    signal?.addEventListener("abort", cancel);
    try {
      this.#send({ id, method, params }).catch(answer.reject);
      if (signal?.aborted) cancel();
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      this.#pending.delete(id);
    }
  }

  /** Sends what wants no answer. @returns When the kernel took it. */
  notify(method: string, params: Json): Promise<void> {
    return this.#send({ id: null, method, params });
  }

  /** Ends the connection; requests under way are rejected. */
  close(reason: Error = new NotConnectedError("Cannot go on: the connection was closed")): void {
    if (this.#stream.closed) return;
    this.#stream.close();
    for (const { method, reject } of this.#pending.values()) {
      const message = `Cannot run "${method}": the connection has ended: ${reason.message}`;
      reject(new NotConnectedError(message, { cause: reason }));
    }
    this.#closed.resolve(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#reading;
  }

  #send(message: Message): Promise<void> {
    return this.#stream.send(this.#encoder.encode(JSON.stringify(message)));
  }

  async #read(): Promise<void> {
    const splitter = new JsonSplitter();
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (let bytes; (bytes = await this.#stream.read(buffer));) {
        for (const message of splitter.push(bytes)) this.#receive(message);
      }
      this.close(new NotConnectedError("Cannot read on: the server has closed the connection"));
    } catch (error) {
      this.close(error as Error);
    }
  }

  #receive(message: Json): void {
    if (this.#stream.closed) return; // closed by the handler of a message of the same chunk
    if (!isObject(message)) throw unreadable(message);
    const { id = null, method, params = [] } = message;
    if (method === undefined) this.#receiveAnswer(message);
    else if (typeof method !== "string") throw unreadable(message);
    else if (id === null) this.#onNotification(method, params);
    else this.#answer(method, params, id);
  }

  #receiveAnswer(message: Message): void {
    const { id, result, error = null } = message;
    if (typeof id !== "number" || (result === undefined && error === null)) {
      throw unreadable(message);
    }
    const pending = this.#pending.get(id);
    if (!pending) throw new ProtocolError(`Cannot take answer "${id}": there is no such request`);
    if (error === null) pending.resolve(result!);
    else pending.reject(toOvsdbError(error, pending));
  }

  /** The only request that servers make is `echo`: RFC 7047 section 4.1.11. */
  #answer(method: string, params: Json, id: Json): void {
    const answer = method === "echo"
      ? { id, result: params, error: null }
      : { id, result: null, error: "unknown method" };
    // Not waited for: a peer that does not read fills the outbox, which is bounded.
    this.#send(answer).catch(() => {});
  }
}

function unreadable(message: Json): ProtocolError {
  const text = JSON.stringify(message).slice(0, 200);
  return new ProtocolError(`Cannot read message "${text}": not JSON-RPC 1.0`);
}
