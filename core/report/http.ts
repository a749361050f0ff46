/** The agent's local HTTP API: /healthz, /readyz, /metrics and /api/v1/state. @module */
import { type HttpServer, type HttpServerOptions, serveHttp } from "./http_server.ts";
import type { State } from "./state.ts";

/** What the API shows. Each request calls one of these functions. */
export interface Shown {
  /** What is wrong with the agent itself, so that it should be restarted, a line each; empty if nothing is. */
  unhealthy(): readonly string[];
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

/** The answer to a probe: 200 and `ok`, or 503 and the reasons. @param notes Stand behind the `ok`. */
function probe(reasons: readonly string[], notes: readonly string[] = []): Response {
  const lines = reasons.length === 0 ? ["ok", ...notes] : reasons;
  const text = lines.map((line) => `${line}\n`).join("");
  return new Response(text, { status: reasons.length === 0 ? 200 : 503, headers: PLAIN_HEADERS });
}

/** All paths of the API, for the local address. */
export const ALL_ROUTES: Routes = {
  ...METRICS_ROUTES,
  "/healthz": (shown) => probe(shown.unhealthy()),
  "/readyz": (shown) => probe(shown.unready(), shown.notes()),
  "/api/v1/state": async (shown) =>
    new Response(JSON.stringify(await shown.state()), { headers: JSON_HEADERS }),
};

/** @param routes The paths that are served. @throws {TerminalError} If the address is in use or has another form. */
export function serve(
  options: Omit<HttpServerOptions, "handler">,
  shown: Shown,
  routes: Routes,
): HttpServer {
  return serveHttp({
    ...options,
    handler: ({ url }) =>
      routes[new URL(url).pathname]?.(shown) ?? new Response("not found\n", { status: 404 }),
  });
}
