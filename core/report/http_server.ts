/**
 * An HTTP server with limits of connections, sizes and times, which goes on when the process has no free file. HTTP
 * itself is done by `node:http`; connections are accepted here: docs/decisions/024-limits.md has the reasons. It answers
 * GET, with one request for each connection.
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TerminalError } from "../base/errors.ts";
import { harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { after, delay, type Timer } from "../base/timer.ts";
import { type Ends, noteEnds } from "./connection_ends.ts";

export interface HttpServerOptions {
  /** `HOST:PORT`; with port 0 the system chooses a free port. */
  readonly listen: string;
  /** `peer` is the address of the client. The signal of a request is aborted when its client goes, and when the server stops. */
  readonly handler: (request: Request, peer: string) => Response | Promise<Response>;
  /** Called when connections cannot be accepted, e.g. as the process has no free file, and with `undefined` when it can. */
  readonly onState?: (problem: Error | undefined) => void;
  /** Others than those of the table, for tests. */
  readonly limits?: Partial<HttpLimits>;
}

type HttpLimits = Pick<
  typeof LIMITS,
  | "httpConnections"
  | "httpHead"
  | "httpRequest"
  | "httpAnswer"
  | "httpStreams"
  | "httpShutdown"
>;

/** Milliseconds between two attempts to accept connections while the process has no free file. */
const ACCEPT_PAUSE = 100;
/** Milliseconds that each connection has to send its request, also while others wait for its place. */
const TIME_FOR_REQUEST = 50;
/** Milliseconds that each client has to read some more of its answer, also while others wait for its place. */
const TIME_TO_READ = 1000;
/** Milliseconds between two searches for a connection that is idle, while another one waits for its place. */
const SEARCH_INTERVAL = 10;
const [BAD_REQUEST, METHOD_NOT_ALLOWED, HEAD_TOO_LARGE] = [400, 405, 431];
const [INTERNAL_ERROR, UNAVAILABLE] = [500, 503];
const TOO_MANY_STREAMS = "too many answers without an end: end another one first\n";
/** The answers that `stream` has made. */
const STREAMS = new WeakSet<Response>();

/**
 * An answer that may go on for as long as the client wants it. Its body should end when the signal of the request is
 * aborted; it is cancelled soon after that.
 */
export function stream(
  body: ReadableStream<Uint8Array>,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(body, { headers });
  STREAMS.add(response);
  return response;
}

/** @throws {TerminalError} If the address is in use or has another form. */
export function serveHttp(options: HttpServerOptions): HttpServer {
  const { listen } = options;
  const { host, port } = /^\[?(?<host>[^\]]*?)\]?:(?<port>\d+)$/.exec(listen)?.groups ?? {};
  if (!host || port === undefined) {
    throw new TerminalError(`Cannot listen on "${listen}": not HOST:PORT`);
  }
  try {
    return new HttpServer(Deno.listen({ hostname: host, port: Number(port) }), options);
  } catch (cause) {
    throw new TerminalError(`Cannot listen on "${listen}": ${(cause as Error).message}`, { cause });
  }
}

export class HttpServer {
  /** Where it listens; the port is the one that the system chose if it was asked for port 0. */
  readonly address: Deno.NetAddr;
  readonly #listener: Deno.TcpListener;
  readonly #options: HttpServerOptions;
  readonly #limits: HttpLimits;
  readonly #http: Server;
  /** The open connections, the oldest first. */
  readonly #open = new Map<Duplex, Connection>();
  readonly #stop = new AbortController();
  readonly #accepting: Promise<void>;

  constructor(listener: Deno.TcpListener, options: HttpServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.address = listener.addr;
    this.#http = createServer({ maxHeaderSize: this.#limits.httpHead }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#http.on("clientError", refuse);
    this.#accepting = this.#acceptAll();
  }

  async #acceptAll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const accepted = await this.#listener.accept();
        await this.#makeRoom();
        if (signal.aborted) return accepted.close();
        this.#take(accepted);
        this.#options.onState?.(undefined);
      } catch (error) {
        if (signal.aborted) return;
        // Connections wait in the queue of the kernel until a file is free
        this.#options.onState?.(error as Error);
        await delay(ACCEPT_PAUSE, signal);
      }
    }
  }

  /** A new connection is worth more than an idle one. If none is idle, it waits until one is, or ends. */
  async #makeRoom(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#open.size >= this.#limits.httpConnections && !signal.aborted) {
      const idle = [...this.#open.values()].find(({ isIdle }) => isIdle); // the oldest one
      if (!idle) {
        await delay(SEARCH_INTERVAL, signal);
        continue;
      }
      idle.close();
      this.#open.delete(idle.stream);
    }
  }

  #take(accepted: Deno.TcpConn): void {
    const connection = new Connection(accepted, this.#limits);
    this.#open.set(connection.stream, connection);
    connection.stream.once("close", () => this.#open.delete(connection.stream));
    this.#http.emit("connection", connection.stream);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#open.get(request.socket);
    if (!connection) return; // it was closed meanwhile
    connection.asked();
    const answer = await answered(request, connection, this.#options.handler);
    if (!STREAMS.has(answer)) return await send(answer, response);
    const streams = [...this.#open.values()].filter(({ isStream }) => isStream).length;
    if (streams >= this.#limits.httpStreams) {
      await answer.body?.cancel();
      return await send(text(UNAVAILABLE, TOO_MANY_STREAMS), response);
    }
    connection.streams();
    await send(answer, response);
  }

  /** Stops listening. Requests that are being answered may end for a short time. It never rejects. */
  async shutdown(): Promise<void> {
    this.#stop.abort();
    this.#listener.close();
    const open = [...this.#open.values()];
    for (const connection of open) connection.isAsked ? connection.end() : connection.close();
    const patience = new AbortController();
    const ended = Promise.all(open.map(({ closed }) => closed)).then(() => patience.abort());
    await delay(this.#limits.httpShutdown, patience.signal);
    for (const connection of open) connection.close();
    await Promise.all([ended, this.#accepting]);
  }
}

/** One connection, which is closed if its request, or its answer, takes too long. */
class Connection {
  readonly stream: Duplex;
  /** Address of the client. */
  readonly peer: string;
  readonly closed: Promise<void>;
  readonly ends: Ends;
  readonly #end = new AbortController();
  /** Aborted when the client has gone, and when the answer should end. */
  readonly ending = this.#end.signal;
  readonly #limits: HttpLimits;
  #timer: Timer;
  /** When it was accepted: milliseconds, monotonic. */
  readonly #since = performance.now();
  /** Since when the client has taken nothing of what is sent to it; nothing if nothing is being sent. */
  #sendingSince: number | undefined;
  /** Whether the whole header of the request is there. */
  isAsked = false;
  isStream = false;

  constructor(accepted: Deno.TcpConn, limits: HttpLimits) {
    this.ends = { client: accepted.remoteAddr, server: accepted.localAddr };
    this.peer = accepted.remoteAddr.hostname;
    const both = { readable: accepted.readable, writable: this.#watched(accepted) };
    // Node and Deno describe the same streams by different types
    this.stream = Duplex.fromWeb(both as unknown as Parameters<typeof Duplex.fromWeb>[0]);
    this.stream.on("error", () => {}); // The client has gone, or was too slow
    this.closed = new Promise((resolve) =>
      this.stream.once("close", () => {
        this.#timer.stop();
        this.#end.abort();
        resolve();
      })
    );
    this.#limits = limits;
    this.#timer = after(limits.httpRequest, () => this.close());
  }

  /** The stream of what is sent. It notes since when the client has taken nothing. */
  #watched(accepted: Deno.TcpConn): WritableStream<Uint8Array> {
    const writer = accepted.writable.getWriter();
    return new WritableStream({
      write: async (bytes) => {
        for (let sent = 0; sent < bytes.length;) {
          this.#sendingSince = performance.now();
          sent += await accepted.write(bytes.subarray(sent));
        }
        this.#sendingSince = undefined;
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
  }

  /** Whether the client has had time, and neither sends its request nor reads its answer. */
  get isIdle(): boolean {
    const now = performance.now();
    if (!this.isAsked) return now - this.#since >= TIME_FOR_REQUEST;
    return now - (this.#sendingSince ?? now) >= TIME_TO_READ;
  }

  asked(): void {
    this.isAsked = true;
    this.#timer.stop();
    this.#timer = after(this.#limits.httpAnswer, () => this.close());
  }

  /** Asks for the end of an answer that would go on. */
  end(): void {
    this.#end.abort();
  }

  /** The answer may take any time. */
  streams(): void {
    this.isStream = true;
    this.#timer.stop();
  }

  close(): void {
    this.stream.destroy();
  }
}

/** Answers what is no request of HTTP/1.1, and ends the connection. */
function refuse({ code }: NodeJS.ErrnoException, stream: Duplex): void {
  const status = code === "HPE_HEADER_OVERFLOW" ? HEAD_TOO_LARGE : BAD_REQUEST;
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
}

async function answered(
  { method, url, headers }: IncomingMessage,
  { ending: signal, ends, peer }: Connection,
  handler: HttpServerOptions["handler"],
): Promise<Response> {
  if (method !== "GET") return text(METHOD_NOT_ALLOWED, "method not allowed\n", { allow: "GET" });
  const target = URL.parse(url!, "http://localhost");
  if (!target) return text(BAD_REQUEST, "bad request\n");
  try {
    const fields = headers as Record<string, string>;
    const asked = new Request(target, { headers: fields, signal });
    noteEnds(asked, ends);
    return await handler(asked, peer);
  } catch (error) {
    return text(INTERNAL_ERROR, `${harmless((error as Error).message)}\n`);
  }
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  const { status, headers, body } = answer;
  response.writeHead(status, { ...Object.fromEntries(headers), connection: "close" });
  // Ends early if the client goes
  if (body) await pipeline(Readable.from(body), response).catch(() => {});
  else response.end();
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(body, { status, headers: { ...type, ...headers } });
}
