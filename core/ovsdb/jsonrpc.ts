/**
 * JSON-RPC 1.0 over a stream: RFC 7047 section 4. JSON texts follow each other without a separator, and both sides may
 * send requests.
 * @module
 */
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import type { Stream } from "../base/stream.ts";

/** The longest text that is read, in characters. No OVSDB message is so long. */
const LONGEST_TEXT = 256 * 1024 * 1024;
const READ_SIZE = 64 * 1024;

/** Splits a stream of bytes into JSON texts: a text ends with the bracket that closes its first one. */
export class JsonSplitter {
  #decoder = new TextDecoder("utf-8", { fatal: true });
  #text = "";
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /**
   * Takes the next bytes of the stream. A character of UTF-8, too, may be split between two chunks.
   *
   * @returns The values of the texts that are complete now.
   * @throws {ProtocolError} If the bytes are not UTF-8, or a text is not JSON.
   */
  push(chunk: Uint8Array): unknown[] {
    try {
      this.#text += this.#decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new ProtocolError("Cannot read JSON: it is not UTF-8", { cause });
    }
    const texts: unknown[] = [];
    let start = 0;
    for (; this.#scanned < this.#text.length; this.#scanned++) {
      if (!this.#step(this.#text[this.#scanned]!)) continue;
      texts.push(parse(this.#text.slice(start, this.#scanned + 1)));
      start = this.#scanned + 1;
    }
    this.#text = this.#text.slice(start);
    this.#scanned -= start;
    if (this.#text.length > LONGEST_TEXT) {
      throw new ProtocolError(
        `Cannot read JSON: the text is longer than ${LONGEST_TEXT} characters`,
      );
    }
    return texts;
  }

  /** Takes the next character. @returns Whether a text ends with it. */
  #step(character: string): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === "\\") this.#escaped = true;
      else if (character === '"') this.#inString = false;
      return false;
    }
    if (character === "{" || character === "[") this.#depth++;
    else if (this.#depth === 0) {
      if (/\s/.test(character)) return false;
      throw new ProtocolError("Cannot read JSON: the text does not begin with a bracket");
    } else if (character === '"') this.#inString = true;
    else if (character === "}" || character === "]") return --this.#depth === 0;
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("Cannot read JSON: the text is malformed", { cause });
  }
}

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

/** JSON-RPC over one connection. It answers the peer's `echo`; notifications go to `onNotification`. */
export class JsonRpc {
  readonly #stream: Stream;
  readonly #onNotification: (method: string, params: unknown) => void;
  #pending = new Map<number, Pending>();
  #nextID = 1;
  #heard = performance.now();

  constructor(stream: Stream, onNotification: (method: string, params: unknown) => void) {
    this.#stream = stream;
    this.#onNotification = onNotification;
  }

  /** When the peer last sent something, as a time of `performance.now()`, in milliseconds. */
  get heard(): number {
    return this.#heard;
  }

  /**
   * Sends a request, and waits for its result.
   *
   * @throws {RpcError} If the peer answers with an error.
   * @throws {NotConnectedError} If the connection ends before the answer.
   */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = this.#nextID++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    this.#send({ method, params, id }).catch(reject); // the connection may end before the kernel has taken all of it
    try {
      return await promise;
    } finally {
      this.#pending.delete(id);
    }
  }

  #send(message: unknown): Promise<void> {
    return this.#stream.send(new TextEncoder().encode(JSON.stringify(message)));
  }

  /** Reads until the connection ends. @throws {ProtocolError} If the peer sends what is not JSON-RPC. */
  async run(): Promise<void> {
    const splitter = new JsonSplitter();
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (let chunk; (chunk = await this.#stream.read(buffer));) {
        this.#heard = performance.now();
        for (const message of splitter.push(chunk)) this.#receive(message as Message);
      }
    } finally {
      this.#stream.close();
      const gone = new NotConnectedError("Cannot get an answer: the connection is closed");
      for (const { reject } of this.#pending.values()) reject(gone);
      this.#pending.clear();
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
    } else this.#onNotification(method as string, params);
  }

  #answered({ id, result, error }: Message): void {
    const pending = this.#pending.get(id as number);
    if (!pending) return; // the answer to a request that has failed already
    this.#pending.delete(id as number);
    if (error !== null && error !== undefined) pending.reject(new RpcError(error));
    else pending.resolve(result);
  }
}
