/**
 * One connection of one version: hello, requests and their answers, echo in both directions. OpenFlow 1.5.1 section
 * 6.3.
 * @module
 */
import { Deadlines } from "../../base/deadlines.ts";
import { dialWithin } from "../../base/dialing.ts";
import { NotConnectedError, ProtocolError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Stream } from "../../base/stream.ts";
import { after, delay } from "../../base/timer.ts";
import { Writer } from "../fields/binary.ts";
import { readErrorName } from "../messages/error_codes.ts";
import {
  encodeMessage,
  type Frame,
  FrameReader,
  MESSAGE,
  messageName,
  writeMessage,
} from "../messages/header.ts";
import { readHello, writeHello } from "../messages/hello.ts";
import { ProtocolMissingError } from "./openflow_errors.ts";
import { bounded, Transactions } from "./transactions.ts";

const READ_BYTES = 256 * 1024;

/** Options of a connection. */
export interface ConnectionOptions {
  /** Closes the connection, or ends the attempt to connect. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the switch must have sent its hello. @default {LIMITS.switchConnect} */
  readonly timeout?: number;
  /** Milliseconds for the whole answer to a request. @default {LIMITS.switchAnswer} */
  readonly requestTimeout?: number;
  /** Milliseconds between an answer to an echo request and the next one. @default {LIMITS.switchEcho} */
  readonly echoInterval?: number;
  /** Milliseconds for the answer to an echo request. @default {LIMITS.switchEcho} */
  readonly echoTimeout?: number;
  /** Gets each message that answers no request. Its body is valid until the call returns. */
  readonly onFrame?: (frame: Frame) => void;
}

/** What belongs to one request beside its type. */
export interface RequestOptions {
  /** Writes the body of the request. */
  readonly body?: (writer: Writer) => void;
  /**
   * Gets each answer, whose body is valid until the call returns. It returns whether that was the last one; if it is
   * absent, the first one is.
   */
  readonly answer?: (frame: Frame) => boolean;
  /** The name of the request in errors; that of its type if absent. */
  readonly name?: string;
  /** Milliseconds for the whole answer. */
  readonly timeout?: number;
}

/** Messages that were sent together. */
export interface Batch extends Disposable {
  /** The name of each message's first error, by the index of the message, in the order in which the errors came. */
  readonly errors: ReadonlyMap<number, string>;
}

/** Where to connect to, and the number of the version on the wire. */
interface Peer {
  readonly address: string;
  readonly version: number;
}

/**
 * A connection that has agreed on a version. It ends itself when the switch does not answer an echo request or another
 * request in time, whatever else it sends: OpenFlow 1.5.1 section 6.3.
 */
export class Connection implements AsyncDisposable {
  readonly address: string;
  readonly version: number;
  readonly #stream: Stream;
  readonly #options: ConnectionOptions;
  readonly #frames = new FrameReader();
  readonly #transactions = new Transactions();
  readonly #deadlines = new Deadlines();
  readonly #closed = Promise.withResolvers<void | Error>();
  readonly #hello = Promise.withResolvers<readonly number[]>();
  readonly #reading: Promise<void>;
  readonly #ended = new AbortController();

  private constructor(stream: Stream, { address, version }: Peer, options: ConnectionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.address = address;
    this.version = version;
    this.#hello.promise.catch(() => {}); // #greet() gets this error
    this.#reading = this.#read();
  }

  /**
   * Connects, and waits for the hello of the switch, which must offer exactly that version.
   *
   * @throws {ProtocolMissingError} If the switch does not allow the version.
   * @throws {NotConnectedError} If no switch listens there, or its hello does not come in time.
   * @throws {TerminalError} If the address is neither `unix:PATH` nor `tcp:HOST:PORT`.
   */
  static async open(peer: Peer, options: ConnectionOptions = {}): Promise<Connection> {
    const { timeout = LIMITS.switchConnect, signal } = options;
    const time = new AbortController();
    using _timer = after(timeout, () => time.abort());
    const limit = AbortSignal.any(signal ? [time.signal, signal] : [time.signal]);
    const conn = await dialWithin(peer.address, limit);
    const connection = new Connection(new Stream(conn), peer, options);
    await connection.#greet(limit);
    connection.#attend();
    return connection;
  }

  async #greet(limit: AbortSignal): Promise<void> {
    const { version, address } = this;
    const abort = () =>
      this.#over(
        new NotConnectedError(`Cannot connect to "${address}": the switch sends no hello`),
      );
    limit.addEventListener("abort", abort);
    try {
      const header = { type: MESSAGE.hello, xid: 0, version };
      this.#send(encodeMessage(header, (writer) => writeHello(writer, version)));
      const offered = await this.#hello.promise;
      if (!offered.includes(version)) throw new ProtocolMissingError(address, version, offered);
    } catch (error) {
      this.#over(error as Error);
      await this.#reading;
      throw error;
    } finally {
      limit.removeEventListener("abort", abort);
    }
  }

  /** Ends the connection when the signal aborts or the switch does not answer an echo request. */
  #attend(): void {
    const { signal } = this.#options;
    const close = () => this.close();
    signal?.addEventListener("abort", close);
    void this.closed.then(() => signal?.removeEventListener("abort", close));
    if (signal?.aborted) this.close();
    void this.#probe();
  }

  /** Only the answer with the xid of the echo request counts: a switch that is half broken may send other bytes. */
  async #probe(): Promise<void> {
    const { echoInterval = LIMITS.switchEcho, echoTimeout = LIMITS.switchEcho } = this.#options;
    const { signal } = this.#ended;
    while (true) {
      await delay(echoInterval, signal);
      if (signal.aborted) return;
      await this.request(MESSAGE.echo_request, { timeout: echoTimeout }).catch(() => {}); // it ended the connection
    }
  }

  /** Resolves when the connection has ended: with the error that ended it, unless this side has closed it. */
  get closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  /** Closes the connection; requests that are not answered fail. */
  close(): void {
    this.#over(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#reading;
  }

  #over(reason: Error | undefined): void {
    this.#stream.close();
    this.#ended.abort();
    this.#deadlines[Symbol.dispose]();
    const error = reason ??
      new NotConnectedError(`Cannot reach "${this.address}": Sluice has closed the connection`);
    this.#hello.reject(error);
    this.#transactions.abandon(error);
    this.#closed.resolve(reason);
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (let bytes; (bytes = await this.#stream.read(buffer));) this.#take(bytes);
      this.#over(
        new NotConnectedError(
          `Cannot reach "${this.address}": the switch has closed the connection`,
        ),
      );
    } catch (error) {
      this.#over(error as Error);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    for (let frame; !this.#stream.closed && (frame = this.#frames.next());) this.#dispatch(frame);
  }

  #dispatch(frame: Frame): void {
    const { type, xid, version, body } = frame;
    if (type === MESSAGE.hello) return this.#hello.resolve(readHello(frame));
    if (type === MESSAGE.echo_request) {
      const reply = { type: MESSAGE.echo_reply, xid, version };
      return this.#send(encodeMessage(reply, (writer) => writer.bytes(body)));
    }
    if (type === MESSAGE.error) return this.#transactions.refuse(xid, readErrorName(frame));
    if (version !== this.version) {
      throw new ProtocolError(
        `Cannot read a message: its version is ${version} and not ${this.version}`,
      );
    }
    if (!this.#transactions.answer(frame)) this.#options.onFrame?.(frame);
  }

  #send(bytes: Uint8Array): void {
    this.#stream.send(bytes).catch((error: Error) => this.#over(error));
  }

  #needOpen(): void {
    if (!this.#stream.closed) return;
    throw new NotConnectedError(`Cannot send to "${this.address}": the connection is closed`);
  }

  /**
   * Sends a request, and waits for its last answer. If that does not come in time, the connection ends: a switch that
   * swallows one answer may have swallowed others, and the order of all that follows is unknown.
   *
   * @throws {OpenFlowError} If the switch refuses.
   * @throws {NotConnectedError} If the connection ends before the last answer.
   */
  async request(type: number, options: RequestOptions = {}): Promise<void> {
    const { body, answer, name = messageName(type) } = options;
    const { timeout = this.#options.requestTimeout ?? LIMITS.switchAnswer } = options;
    this.#needOpen();
    const xid = this.#transactions.allocate(1);
    const bytes = encodeMessage({ type, xid, version: this.version }, body);
    const what = `Cannot make ${name} of "${this.address}"`;
    const late = `Cannot reach "${this.address}": no answer to ${name} within ${timeout} ms`;
    using _limit = this.#deadlines.start(timeout, () => this.#over(new NotConnectedError(late)));
    const answered = this.#transactions.wait(xid, { what, answer: bounded(name, answer) });
    this.#send(bytes);
    await answered;
  }

  /**
   * Sends messages together. The switch answers only those that it refuses.
   *
   * @param body Writes the body of the message with that index.
   * @returns Their errors, which are collected until it is disposed of. A barrier tells when all have come.
   * @throws {NotConnectedError} If the connection has ended.
   */
  batch(
    types: readonly number[],
    body: (writer: Writer, index: number, xid: number) => void,
  ): Batch {
    this.#needOpen();
    const { version } = this;
    const first = this.#transactions.allocate(types.length);
    const writer = new Writer();
    for (const [index, type] of types.entries()) {
      const xid = first + index;
      writeMessage(writer, { type, xid, version }, () => body(writer, index, xid));
    }
    const errors = new Map<number, string>();
    const onError = (xid: number, name: string) => {
      if (!errors.has(xid - first)) errors.set(xid - first, name);
    };
    const watching = this.#transactions.watch({ first, last: first + types.length - 1, onError });
    this.#send(writer.finish());
    return { errors, [Symbol.dispose]: () => watching[Symbol.dispose]() };
  }

  /** Sends a message that has no answer. @throws {NotConnectedError} If the connection has ended. */
  post(type: number, body: (writer: Writer) => void): void {
    this.#needOpen();
    const xid = this.#transactions.allocate(1);
    this.#send(encodeMessage({ type, xid, version: this.version }, body));
  }
}
