/** Between a client and the API server, by HTTP: answers that are errors, watches that end in one, slow streams. @module */
import type { KubeApiServer } from "./kube_apiserver.ts";

export interface Fault {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Requests that get it; the rest goes through. */
  times: number;
  /** Which, by method and path; all if not given. */
  readonly of?: RegExp;
}

export class HttpFaults implements AsyncDisposable {
  readonly #server: KubeApiServer;
  readonly #client: Deno.HttpClient;
  readonly #listening: Deno.HttpServer<Deno.NetAddr>;
  #faults: Fault[] = [];
  /** Streams of watches that are open. */
  #watches = new Set<TransformStreamDefaultController<Uint8Array>>();
  /** Bytes in one piece, and milliseconds between two. */
  #slow: { readonly bytes: number; readonly pause: number } | undefined;
  /** `METHOD path`, with the time in milliseconds. */
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

  get url(): string {
    return `http://127.0.0.1:${this.#listening.addr.port}`;
  }

  answer(fault: Fault): void {
    this.#faults.push(fault);
  }
  /** Bodies trickle, cut anywhere; nothing makes them fast again. */
  slow(bytes?: number, pause = 1): void {
    this.#slow = bytes === undefined ? undefined : { bytes, pause };
  }
  /** Every open watch ends with an ERROR event, as the server ends one whose version it has forgotten. */
  expire(code = 410): void {
    const object = { kind: "Status", code, reason: "Expired", message: "too old resource version" };
    const line = new TextEncoder().encode(`${JSON.stringify({ type: "ERROR", object })}\n`);
    for (const watch of this.#watches) {
      watch.enqueue(line);
      watch.terminate();
    }
    this.#watches.clear();
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const what = `${request.method} ${pathname}${search}`;
    this.requests.push({ what, at: performance.now() });
    const fault = this.#faults.find(({ times, of }) => times > 0 && (of?.test(what) ?? true));
    if (fault) {
      fault.times--;
      return new Response(`{"message":"fault ${fault.status}"}`, {
        status: fault.status,
        ...(fault.headers && { headers: fault.headers }),
      }); // deno-fmt-ignore
    }
    return await this.#forward(request, pathname + search);
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
    const isWatch = path.includes("watch=1");
    const passed = answer.body?.pipeThrough(this.#passing(isWatch));
    const { status } = answer;
    const type = answer.headers.get("content-type") ?? "application/json";
    return new Response(passed ?? null, { status, headers: { "content-type": type } });
  }

  #passing(isWatch: boolean): TransformStream<Uint8Array, Uint8Array> {
    let own: TransformStreamDefaultController<Uint8Array>;
    return new TransformStream({
      start: (controller) => {
        own = controller;
        if (isWatch) this.#watches.add(controller);
      },
      transform: async (chunk, controller) => {
        const { bytes, pause } = this.#slow ?? { bytes: chunk.length, pause: 0 };
        for (let at = 0; at < chunk.length; at += bytes) {
          controller.enqueue(chunk.slice(at, at + bytes));
          if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        }
      },
      flush: () => void this.#watches.delete(own),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#listening.shutdown();
  }
}
