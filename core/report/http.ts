/** The agent's local HTTP API: /healthz, /readyz, /metrics and /api/v1/state. @module */
import type { State } from "./state.ts";
import { TerminalError } from "../base/errors.ts";

/** What the API shows; read at each request. */
export interface Shown {
  /** Why not everything that can be realized is realized; empty when it is. */
  unready(): readonly string[];
  /** What somebody should look at, although all that can be realized is. */
  notes(): readonly string[];
  state(): Promise<State>;
  /** The text format of Prometheus. */
  metrics(): Promise<string>;
}

const JSON_HEADERS = { "content-type": "application/json" };
const PLAIN_HEADERS = { "content-type": "text/plain; charset=utf-8" };
const METRICS_HEADERS = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

type Handler = (shown: Shown) => Response | Promise<Response>;
type Routes = Readonly<Record<string, Handler>>;

/** What may be shown to the network: numbers, no names. */
export const METRICS_ROUTES: Routes = {
  "/metrics": async (shown) => new Response(await shown.metrics(), { headers: METRICS_HEADERS }),
};

export const ALL_ROUTES: Routes = {
  ...METRICS_ROUTES,
  "/healthz": () => new Response("ok\n", { headers: PLAIN_HEADERS }),
  "/readyz": (shown) => {
    const reasons = shown.unready();
    const lines = reasons.length === 0 ? ["ok", ...shown.notes()] : reasons;
    const text = lines.map((line) => `${line}\n`).join("");
    return new Response(text, { status: reasons.length === 0 ? 200 : 503, headers: PLAIN_HEADERS });
  },
  "/api/v1/state": async (shown) =>
    new Response(JSON.stringify(await shown.state()), { headers: JSON_HEADERS }),
};

/**
 * @param listen `HOST:PORT`; port 0 takes a free one.
 * @returns The server; its `addr` says the port.
 * @throws {TerminalError} If the address is taken or has another form.
 */
export function serve(
  listen: string,
  shown: Shown,
  routes: Routes,
): Deno.HttpServer<Deno.NetAddr> {
  const { host, port } = /^\[?(?<host>[^\]]*?)\]?:(?<port>\d+)$/.exec(listen)?.groups ?? {};
  if (!host || port === undefined) {
    throw new TerminalError(`Cannot listen on "${listen}": not HOST:PORT`);
  }
  try {
    return Deno.serve({ hostname: host, port: Number(port), onListen: () => {} }, (request) => {
      if (request.method !== "GET") return new Response("method not allowed\n", { status: 405 });
      const handler = routes[new URL(request.url).pathname];
      return handler ? handler(shown) : new Response("not found\n", { status: 404 });
    });
  } catch (cause) {
    throw new TerminalError(`Cannot listen on "${listen}": ${(cause as Error).message}`, { cause });
  }
}
