/** The agent's local HTTP API: /healthz, /readyz, /metrics and /api/v1/state. @module */
import type { State } from "./state.ts";
import { TerminalError } from "../base/errors.ts";

/** What the API shows. Each request calls one of these functions. */
export interface Shown {
  /** Why something that Sluice can realize is not realized yet, a line each; empty if all of it is. */
  unready(): readonly string[];
  /** What an operator should look at although the agent is ready, a line each. */
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

/** The paths that a port open to the network may serve: they show numbers, but no names of Pods or ports. */
export const METRICS_ROUTES: Routes = {
  "/metrics": async (shown) => new Response(await shown.metrics(), { headers: METRICS_HEADERS }),
};

/** All paths of the API, for the local address. */
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
 * Serves the given paths over HTTP, with the method GET only.
 *
 * @param listen `HOST:PORT`; with port 0 the system chooses a free port.
 * @returns The server; `addr` has its port.
 * @throws {TerminalError} If the address is in use or has another form.
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
