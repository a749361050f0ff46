/** The agent's local HTTP API: its paths, and what they answer. @module */
import { isIP } from "node:net";
import { type HttpServer, type HttpServerOptions, serveHttp } from "./http_server.ts";
import { harmless } from "../base/foreign_text.ts";
import type { CountersReport } from "./counters_report.ts";
import type { State } from "./state.ts";

/** The Pod, as `<namespace>/<name>`, or the TrafficControl that is to be explained. */
export type Question = { readonly pod: string } | { readonly control: string };

/** What the API shows. Each request calls one of these functions. */
export interface Shown {
  /** What is wrong with the agent itself, so that it should be restarted, a line each; empty if nothing is. */
  unhealthy(): readonly string[];
  /** Why something that Sluice can realize is not realized yet, a line each; empty if all of it is. */
  unready(): readonly string[];
  /** What an operator should look at although the agent is ready, a line each. */
  notes(): readonly string[];
  state(): Promise<State>;
  counters(): Promise<CountersReport>;
  /** Why something is done with the packets of a Pod, or nothing; with a field `unknown` if there is no such object. */
  explain(question: Question): Promise<object>;
  /** The text format of Prometheus. */
  metrics(): Promise<string>;
  /** Packets for `sluice capture`; absent if others than programs of this machine may reach the API. */
  capture?: ((request: Request) => Promise<Response>) | undefined;
}

const JSON_HEADERS = { "content-type": "application/json" };
const PLAIN_HEADERS = { "content-type": "text/plain; charset=utf-8" };
const METRICS_HEADERS = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

type Handler = (shown: Shown, request: Request) => Response | Promise<Response>;
type Routes = Readonly<Record<string, Handler>>;

/** The paths that a port open to the network may serve: they show numbers by names of TrafficControls, but no names of Pods or ports. */
export const METRICS_ROUTES: Routes = {
  "/metrics": async (shown) => new Response(await shown.metrics(), { headers: METRICS_HEADERS }),
};

/** The answer to a probe: 200 and `ok`, or 503 and the reasons. @param notes Stand behind the `ok`. */
function probe(reasons: readonly string[], notes: readonly string[] = []): Response {
  const lines = reasons.length === 0 ? ["ok", ...notes] : reasons;
  const text = lines.map((line) => `${harmless(line, Infinity)}\n`).join("");
  return new Response(text, { status: reasons.length === 0 ? 200 : 503, headers: PLAIN_HEADERS });
}

const json = (value: object) => new Response(JSON.stringify(value), { headers: JSON_HEADERS });
/** The question of `?pod=<namespace>/<name>` or `?tc=<name>`; nothing if it is neither. */
function questionOf({ url }: Request): Question | undefined {
  const { searchParams } = new URL(url);
  const [pod, control] = [searchParams.get("pod"), searchParams.get("tc")];
  if (pod !== null && control === null) return { pod };
  return control !== null && pod === null ? { control } : undefined;
}

async function explained(shown: Shown, request: Request): Promise<Response> {
  const question = questionOf(request);
  if (!question) {
    const body = "ask for ?pod=<namespace>/<name> or for ?tc=<name>\n";
    return new Response(body, { status: 400, headers: PLAIN_HEADERS });
  }
  const explanation = await shown.explain(question);
  const status = "unknown" in explanation ? 404 : 200;
  return new Response(JSON.stringify(explanation), { status, headers: JSON_HEADERS });
}

const NOT_LOCAL =
  "captures are refused, as --listen names an address that is not this machine's own: name 127.0.0.1\n";
/** A client must send this header. No page can make a browser send it to another site without being asked for leave. */
export const CAPTURE_HEADER = "sluice-capture";
const FOREIGN =
  `captures are for programs: send the header ${CAPTURE_HEADER}, and no page's headers\n`;
/** What browsers add to the requests of pages. */
const OF_PAGES = ["origin", "sec-fetch-site", "sec-fetch-mode"];
const FORBIDDEN = { status: 403, headers: PLAIN_HEADERS };

/** Packets show more than the state: only a program of this machine gets them, and no page. */
const capture: Handler = ({ capture }, request) => {
  if (!capture) return new Response(NOT_LOCAL, FORBIDDEN);
  const { headers } = request;
  const isPages = OF_PAGES.some((name) => headers.has(name));
  if (isPages || !headers.has(CAPTURE_HEADER)) return new Response(FOREIGN, FORBIDDEN);
  return capture(request);
};

/** All paths of the API, for the local address. */
export const ALL_ROUTES: Routes = {
  ...METRICS_ROUTES,
  "/healthz": (shown) => probe(shown.unhealthy()),
  "/readyz": (shown) => probe(shown.unready(), shown.notes()),
  "/api/v1/state": async (shown) => json(await shown.state()),
  "/api/v1/counters": async (shown) => json(await shown.counters()),
  "/api/v1/explain": explained,
  "/api/v1/capture": capture,
  "/api/v1/capture/end": capture,
};

/**
 * Whether a request may come from whom it seems to. A page of another site can make a browser ask this server, by letting
 * its own name resolve to this server's address ("DNS rebinding"); then `Host` has that name. No page can do that with
 * an address, as Prometheus and the kubelet use it.
 *
 * @param host The value of the header `Host`, e.g. `10.0.0.1:10360`. Only a client that is no browser leaves it out.
 * @param names The server's own names.
 */
export function isOwnHost(host: string | null, names: readonly string[]): boolean {
  if (host === null) return true;
  const name = host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "")
    .toLowerCase();
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") ||
    names.some((own) => own.toLowerCase() === name);
}

/** The answer to a request that names another host: RFC 9110 section 15.5.20. */
const misdirected = () =>
  new Response("another host is named: ask by the node's name or address, or by localhost\n", {
    status: 421,
    headers: PLAIN_HEADERS,
  });

export interface ServeOptions extends Omit<HttpServerOptions, "handler"> {
  /** The paths that are served. */
  readonly routes: Routes;
  /** The names by which clients may ask, beside localhost and every IP address; absent: any name. */
  readonly names?: readonly string[];
}

/** @throws {TerminalError} If the address is in use or has another form. */
export function serve({ routes, names, ...options }: ServeOptions, shown: Shown): HttpServer {
  return serveHttp({
    ...options,
    handler: (request) => {
      if (names && !isOwnHost(request.headers.get("host"), names)) return misdirected();
      const handle = routes[new URL(request.url).pathname];
      return handle?.(shown, request) ?? new Response("not found\n", { status: 404 });
    },
  });
}
