/** A byte stream to a daemon over a unix or tcp socket, as both protocol clients use it. @module */
import { NotConnectedError, TerminalError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Connects to `unix:PATH` or `tcp:HOST:PORT` (IPv6 hosts in brackets), OVS's syntax for active
 * connections: ovsdb(7), "Active Connection Methods".
 *
 * @throws {TerminalError} If `address` has another form.
 * @throws {NotConnectedError} If no server listens there; `cause` is the operating system's error.
 */
export async function dial(address: string): Promise<Deno.Conn> {
  try {
    return await connect(address);
  } catch (cause) {
    if (cause instanceof TerminalError) throw cause;
    throw new NotConnectedError(`Cannot connect to "${address}": ${(cause as Error).message}`, {
      cause,
    });
  }
}

function connect(address: string): Promise<Deno.Conn> {
  if (address.startsWith("unix:") && address.length > 5) {
    return Deno.connect({ transport: "unix", path: address.slice(5) });
  }
  const tcp = /^tcp:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d+)$/.exec(address)?.groups;
  if (tcp) return Deno.connect({ hostname: tcp.v6 ?? tcp.host!, port: Number(tcp.port) });
  throw new TerminalError(`Cannot use address "${address}": not unix:PATH or tcp:HOST:PORT`);
}

/** Bytes up to which pieces are written together. To copy more takes longer than another call of the kernel. */
const TOGETHER = 64 * 1024;

/** A connection to a daemon. What is sent is written completely and in the order of the calls. */
export class Stream implements Disposable {
  #conn: Deno.Conn;
  /** The pieces that no write has yet: those of this turn, and what came while an earlier write was under way. */
  #pieces: Uint8Array[] = [];
  /** The write that takes these pieces. */
  #next: Promise<void> = Promise.resolve();
  /** Resolves when the last write has ended, well or not. */
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Whether this side has closed the connection. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends bytes. Resolves when the kernel has taken all of them: a caller that waits for that does not get ahead of the
   * peer.
   *
   * @throws {NotConnectedError} If the stream is closed, or the peer does not read any more.
   */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new NotConnectedError("Cannot send: the connection is closed"));
    }
    this.#waiting += bytes.length;
    if (this.#waiting > LIMITS.outbox) this.close();
    if (this.#pieces.push(bytes) > 1) return this.#next;
    this.#next = this.#last.then(() => this.#writePieces());
    this.#last = this.#next.catch(() => {}); // the callers get the error; the next write must not fail by it
    return this.#next;
  }

  async #writePieces(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    try {
      const isOne = pieces.length > 1 && length <= TOGETHER;
      for (const piece of isOne ? [joined(pieces, length)] : pieces) await this.#write(piece);
    } catch (cause) {
      throw new NotConnectedError("Cannot send: the connection is closed", { cause });
    } finally {
      this.#waiting -= length;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.#conn.write(bytes.subarray(done));
  }

  /**
   * Reads the next bytes.
   *
   * @returns The part of `buffer` that was filled; nothing if the connection has ended, for whatever reason.
   */
  async read(buffer: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const length = await this.#conn.read(buffer);
      return length === null ? undefined : buffer.subarray(0, length);
    } catch {
      return undefined; // a reset, or our own close(): for the reader the same as an end
    }
  }

  /** Closes the connection. What waits to be written is lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
