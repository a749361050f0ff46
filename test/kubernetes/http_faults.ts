/** A proxy in front of the API server that answers with errors, ends watches, and slows streams down. @module */
import type { KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";

const UNAUTHORIZED = 401;
/** Milliseconds within which a client must open a watch. It may have to start first, on a busy machine. */
const WATCH_TIMEOUT = 40_000;

/** An answer that the proxy gives itself. */
export interface Fault {
  /** HTTP status. */
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Makes the body; if absent, the body is a Status. */
  readonly body?: () => BodyInit;
  /** How many requests get this answer. Later ones reach the server. */
  times: number;
  /** Which requests get it, by `METHOD path`; if absent, all. */
  readonly of?: RegExp;
}

export class HttpFaults implements AsyncDisposable {
  readonly #server: KubeApiServer;
  readonly #client: Deno.HttpClient;
  readonly #listening: Deno.HttpServer<Deno.NetAddr>;
  #faults: Fault[] = [];
  /** The streams of open watches, each with its path. */
  #watches = new Map<TransformStreamDefaultController<Uint8Array>, string>();
  /** Tokens that are refused. */
  #revoked = new Set<string>();
  /** The size of pieces in bytes, and the pause between two pieces in milliseconds. */
  #slow: { readonly bytes: number; readonly pause: number } | undefined;
  /** Milliseconds that are added to the time in the server's answers. */
  clockAhead = 0;
  /** All requests so far: `METHOD path`, and the time in milliseconds. */
  readonly requests: { readonly what: string; readonly at: number }[] = [];

  private constructor(server: KubeApiServer, ca: string) {
    this.#server = server;
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
    this.#listening = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  static async start(server: KubeApiServer): Promise<HttpFaults> {
    return new HttpFaults(server, await Deno.readTextFile(server.caFile));
  }

  /** Address of the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#listening.addr.port}`;
  }

  /** Answers the next requests that match by this fault. */
  answer(fault: Fault): void {
    this.#faults.push(fault);
  }
  /** Lets all requests reach the server again. */
  forgive(): void {
    this.#faults = [];
  }
  /** Sends bodies in pieces of this many bytes, with pauses in milliseconds; without a number, at full speed again. */
  slow(bytes?: number, pause = 1): void {
    this.#slow = bytes === undefined ? undefined : { bytes, pause };
  }
  /** Refuses this token from now on, with status 401. */
  revoke(token: string): void {
    this.#revoked.add(token);
  }

  /** Waits until a watch whose path matches is open. @returns The streams of these watches. */
  watched(of: RegExp): Promise<readonly TransformStreamDefaultController<Uint8Array>[]> {
    return eventually(`a watch of ${of}`, () => {
      const open = [...this.#watches].filter(([, what]) => of.test(what));
      return open.length > 0 && open.map(([watch]) => watch);
    }, WATCH_TIMEOUT);
  }
  /** Ends watches with an ERROR event, as the server does when it has forgotten their resourceVersion. */
  async expire(of: RegExp, code = 410): Promise<void> {
    const object = { kind: "Status", code, reason: "Expired", message: "too old resource version" };
    await this.#end(of, { type: "ERROR", object });
  }
  /** Ends watches that asked for bookmarks, after a bookmark with this version. */
  async bookmark(of: RegExp, resourceVersion: string): Promise<void> {
    const asked = new RegExp(`${of.source}.*allowWatchBookmarks=true`);
    await this.#end(asked, { type: "BOOKMARK", object: { metadata: { resourceVersion } } });
  }
  /** Ends watches without an event. */
  async cut(of: RegExp): Promise<void> {
    await this.#end(of);
  }

  /** Waits until a watch is open, and ends it. */
  async #end(of: RegExp, event?: object): Promise<void> {
    for (const watch of await this.watched(of)) {
      if (event) watch.enqueue(new TextEncoder().encode(`${JSON.stringify(event)}\n`));
      watch.terminate();
      this.#watches.delete(watch);
    }
  }

  /** The requests that match. @param from Index of the first request to look at. */
  seen(of: RegExp, from = 0): readonly { readonly what: string; readonly at: number }[] {
    return this.requests.slice(from).filter(({ what }) => of.test(what));
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const what = `${request.method} ${pathname}${search}`;
    this.requests.push({ what, at: performance.now() });
    const token = request.headers.get("authorization")?.replace("Bearer ", "");
    if (token && this.#revoked.has(token)) return answerOf({ status: UNAUTHORIZED });
    const fault = this.#faults.find(({ times, of }) => times > 0 && (of?.test(what) ?? true));
    if (!fault) return await this.#forward(request, pathname + search);
    fault.times--;
    return answerOf(fault);
  }

  async #forward(request: Request, path: string): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.delete("host");
    headers.delete("accept-encoding");
    const body = request.body ? await request.text() : undefined;
    const answer = await fetch(this.#server.url + path, {
      method: request.method,
      headers,
      client: this.#client,
      ...(body !== undefined && { body }),
    });
    const passed = answer.body?.pipeThrough(this.#passing(path));
    const { status } = answer;
    const type = answer.headers.get("content-type") ?? "application/json";
    const date = new Date(Date.parse(answer.headers.get("date")!) + this.clockAhead).toUTCString();
    return new Response(passed ?? null, { status, headers: { "content-type": type, date } });
  }

  #passing(path: string): TransformStream<Uint8Array, Uint8Array> {
    let own: TransformStreamDefaultController<Uint8Array>;
    const forget = () => void this.#watches.delete(own);
    return new TransformStream({
      start: (controller) => {
        own = controller;
        if (path.includes("watch=1")) this.#watches.set(controller, path);
      },
      transform: async (chunk, controller) => {
        const { bytes, pause } = this.#slow ?? { bytes: chunk.length, pause: 0 };
        for (let at = 0; at < chunk.length; at += bytes) {
          controller.enqueue(chunk.slice(at, at + bytes));
          if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        }
      },
      flush: forget,
      cancel: forget,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#listening.shutdown();
  }
}

function answerOf({ status, headers, body }: Omit<Fault, "times">): Response {
  const content = body?.() ?? `{"message":"fault ${status}"}`;
  return new Response(content, { status, ...(headers && { headers }) });
}

/** A body that never ends. @param chunk Is sent again and again, as fast as the client reads it. */
export function endless(chunk: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(chunk.repeat(Math.ceil(65_536 / chunk.length)));
  return new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });
}
