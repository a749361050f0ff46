/**
 * A small HTTP/1.1 server (RFC 9112) for answers to GET, without bodies of requests and with one request for each
 * connection. Connections, sizes and times have limits, and a process without free files goes on. Why it is our own:
 * docs/decisions/024-limits.md. @module
 */
import { NotConnectedError, TerminalError } from "./errors.ts";
import { harmless } from "./foreign_text.ts";
import { LIMITS } from "./limits.ts";
import { after, delay } from "./timer.ts";

export interface HttpServer {
  /** Where it listens; the port is the one that the system chose if it was asked for port 0. */
  readonly address: Deno.NetAddr;
  /** Stops listening. Requests that are being answered may end for a short time. It never rejects. */
  shutdown(): Promise<void>;
}

export interface HttpServerOptions {
  /** `HOST:PORT`; with port 0 the system chooses a free port. */
  readonly listen: string;
  readonly handler: (request: Request) => Response | Promise<Response>;
  /** Called when connections cannot be accepted, e.g. as the process has no free file, and with `undefined` when it can. */
  readonly onState?: (problem: Error | undefined) => void;
  /** Others than those of the table, for tests. */
  readonly limits?: Partial<HttpLimits>;
}

type HttpLimits = Pick<
  typeof LIMITS,
  "httpConnections" | "httpHead" | "httpRequest" | "httpAnswer" | "httpShutdown"
>;

/** Milliseconds between two attempts to accept connections while the process has no free file. */
const ACCEPT_PAUSE = 100;

/** @throws {TerminalError} If the address is in use or has another form. */
export function serveHttp(options: HttpServerOptions): HttpServer {
  const { listen } = options;
  const { host, port } = /^\[?(?<host>[^\]]*?)\]?:(?<port>\d+)$/.exec(listen)?.groups ?? {};
  if (!host || port === undefined) {
    throw new TerminalError(`Cannot listen on "${listen}": not HOST:PORT`);
  }
  try {
    return new Server(Deno.listen({ hostname: host, port: Number(port) }), options);
  } catch (cause) {
    throw new TerminalError(`Cannot listen on "${listen}": ${(cause as Error).message}`, { cause });
  }
}

class Server implements HttpServer {
  readonly address: Deno.NetAddr;
  readonly #listener: Deno.TcpListener;
  readonly #options: HttpServerOptions;
  readonly #limits: HttpLimits;
  /** The open connections, the oldest first. */
  readonly #open = new Map<Connection, Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #stop = new AbortController();

  constructor(listener: Deno.TcpListener, options: HttpServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.address = listener.addr;
    this.#accepting = this.#acceptAll();
  }

  async #acceptAll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#take(await this.#listener.accept());
        this.#options.onState?.(undefined);
      } catch (error) {
        if (signal.aborted) return;
        // Connections wait in the queue of the kernel until a file is free
        this.#options.onState?.(error as Error);
        await delay(ACCEPT_PAUSE, signal);
      }
    }
  }

  /** A new connection is worth more than an old one: those that do nothing must not keep others out. */
  #take(conn: Deno.TcpConn): void {
    const connection = new Connection(conn, this.#limits);
    if (this.#open.size >= this.#limits.httpConnections) this.#oldest()?.close();
    const served = connection.serve(this.#options.handler).finally(() => {
      connection.close();
      this.#open.delete(connection);
    });
    this.#open.set(connection, served);
  }

  /** The connection that is worth least: the oldest one without a request, or else the oldest. */
  #oldest(): Connection | undefined {
    const open = [...this.#open.keys()];
    return open.find(({ isAsked }) => !isAsked) ?? open[0];
  }

  async shutdown(): Promise<void> {
    this.#stop.abort();
    this.#listener.close();
    for (const connection of this.#open.keys()) if (!connection.isAsked) connection.close();
    const patience = new AbortController();
    const ended = Promise.all(this.#open.values()).then(() => patience.abort());
    await delay(this.#limits.httpShutdown, patience.signal);
    for (const connection of this.#open.keys()) connection.close();
    await Promise.all([ended, this.#accepting]);
  }
}

const END_OF_HEAD = "\r\n\r\n";

/** One connection, from its first byte to its end. */
class Connection {
  readonly #conn: Deno.TcpConn;
  readonly #limits: HttpLimits;
  readonly #closed = Promise.withResolvers<never>();
  #isClosed = false;
  /** Whether the whole request is there. */
  isAsked = false;

  constructor(conn: Deno.TcpConn, limits: HttpLimits) {
    this.#conn = conn;
    this.#limits = limits;
    this.#closed.promise.catch(() => {}); // Nobody may be waiting
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
    this.#closed.reject(new NotConnectedError("Cannot go on: the connection is closed"));
  }

  /** Reads one request, and answers it. It never rejects. */
  async serve(handler: HttpServerOptions["handler"]): Promise<void> {
    try {
      const head = await this.#within(this.#limits.httpRequest, () => this.#readHead());
      if (head === undefined) return;
      this.isAsked = true;
      await this.#within(this.#limits.httpAnswer, async () => {
        await this.#write(await answer(head, handler));
        await this.#drain();
      });
    } catch {
      // The client has gone, or was too slow
    }
  }

  /** @throws {Error} If the connection is closed before the end, as it is when that takes longer. */
  async #within<T>(milliseconds: number, action: () => Promise<T>): Promise<T> {
    using _timer = after(milliseconds, () => this.close());
    return await Promise.race([action(), this.#closed.promise]);
  }

  /** @returns The request line and the header, `TOO_LONG`, or nothing if the connection ends before. */
  async #readHead(): Promise<string | typeof TOO_LONG | undefined> {
    const buffer = new Uint8Array(this.#limits.httpHead);
    for (let length = 0; length < buffer.length;) {
      const more = await this.#conn.read(buffer.subarray(length));
      if (more === null) return undefined;
      const from = Math.max(0, length - END_OF_HEAD.length);
      length += more;
      // Bytes of a header are no UTF-8: RFC 9110 section 5.5
      const fresh = String.fromCharCode(...buffer.subarray(from, length));
      const end = fresh.indexOf(END_OF_HEAD);
      if (end >= 0) return String.fromCharCode(...buffer.subarray(0, from + end));
    }
    return TOO_LONG;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.#conn.write(bytes.subarray(done));
    await this.#conn.closeWrite();
  }

  /** Reads what the client still sends: closing at once would reset the connection, and with it the answer. */
  async #drain(): Promise<void> {
    const buffer = new Uint8Array(this.#limits.httpHead);
    while (await this.#conn.read(buffer) !== null);
  }
}

const TOO_LONG = Symbol("too long");
/** RFC 9112 section 3: method, target, version. */
const REQUEST_LINE = /^(?<method>[!#$%&'*+.^_`|~\w-]+) (?<target>[!-~]+) HTTP\/1\.[01]$/;
const [BAD_REQUEST, NOT_ALLOWED, HEAD_TOO_LARGE, FAILED] = [400, 405, 431, 500];

const REASON_PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  [BAD_REQUEST]: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  [NOT_ALLOWED]: "Method Not Allowed",
  421: "Misdirected Request",
  [HEAD_TOO_LARGE]: "Request Header Fields Too Large",
  [FAILED]: "Internal Server Error",
  503: "Service Unavailable",
};

async function answer(
  head: string | typeof TOO_LONG,
  handler: HttpServerOptions["handler"],
): Promise<Uint8Array> {
  if (head === TOO_LONG) return await toBytes(text(HEAD_TOO_LARGE, "header too large\n"));
  const request = parseHead(head);
  if (request === undefined) return await toBytes(text(BAD_REQUEST, "bad request\n"));
  if (request === "other method") {
    const response = text(NOT_ALLOWED, "method not allowed\n");
    response.headers.set("allow", "GET");
    return await toBytes(response);
  }
  try {
    return await toBytes(await handler(request));
  } catch (error) {
    return await toBytes(text(FAILED, `${harmless((error as Error).message)}\n`));
  }
}

const text = (status: number, body: string) =>
  new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

/** @returns Nothing if it is no request of HTTP/1.1. */
function parseHead(head: string): Request | "other method" | undefined {
  const [first = "", ...fields] = head.split("\r\n");
  const { method, target } = REQUEST_LINE.exec(first)?.groups ?? {};
  if (method === undefined) return undefined;
  if (method !== "GET") return "other method";
  try {
    const headers = new Headers();
    for (const field of fields) {
      const colon = field.indexOf(":");
      headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
    }
    return new Request(new URL(target!, "http://localhost"), { headers });
  } catch {
    return undefined;
  }
}

async function toBytes(response: Response): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  const { status } = response;
  const fields = { ...Object.fromEntries(response.headers), "content-length": body.length };
  const lines = Object.entries({ ...fields, connection: "close" })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(
    `HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? ""}\r\n${lines.join("")}\r\n`,
  );
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
