/** The agent's local HTTP API: its paths, and what they answer. @module */
import { isIP } from "node:net";
import { type HttpServer, type HttpServerOptions, serveHttp } from "./http_server.ts";
import { harmless } from "../base/foreign_text.ts";
import { type Access, refusal } from "./access.ts";
import type { CountersReport } from "./counters_report.ts";
import type { LiveState } from "./live_state.ts";
import { PAGE_PATHS, pageFile } from "./page.ts";
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
  readonly live: LiveState;
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

type Handler<What> = (shown: What, request: Request) => Response | Promise<Response>;
/** The answers, by their paths. */
export type Routes<What> = Readonly<Record<string, Handler<What>>>;

/** The paths that a port open to the network may serve: they show numbers by names of TrafficControls, but no names of Pods or ports. */
export const METRICS_ROUTES: Routes<Pick<Shown, "metrics">> = {
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
const capture: Handler<Shown> = ({ capture }, request) => {
  if (!capture) return new Response(NOT_LOCAL, FORBIDDEN);
  const { headers } = request;
  const isPages = OF_PAGES.some((name) => headers.has(name));
  if (isPages || !headers.has(CAPTURE_HEADER)) return new Response(FOREIGN, FORBIDDEN);
  return capture(request);
};

/** The state for those who watch it. */
export const EVENT_ROUTES: Routes<Pick<Shown, "live">> = {
  "/api/v1/events": ({ live }, { signal }) => live.answer(signal),
};

/** The paths of the API, for the local address. */
export const API_ROUTES: Routes<Shown> = {
  ...METRICS_ROUTES,
  "/healthz": (shown) => probe(shown.unhealthy()),
  "/readyz": (shown) => probe(shown.unready(), shown.notes()),
  "/api/v1/state": async (shown) => json(await shown.state()),
  "/api/v1/counters": async (shown) => json(await shown.counters()),
  "/api/v1/explain": explained,
  "/api/v1/capture": capture,
  "/api/v1/capture/end": capture,
  ...EVENT_ROUTES,
};

/** The paths of the page for browsers. */
export const PAGE_ROUTES: Routes<unknown> = Object.fromEntries(
  PAGE_PATHS.map((path) => [path, () => pageFile(path)]),
);

/** What holds for every answer: it is what its type says, is kept nowhere, and tells no other site where it comes from. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};
/** Of every answer that is not the page. */
const NO_CONTENT = "default-src 'none'; frame-ancestors 'none'";

function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(COMMON_HEADERS)) response.headers.set(name, value);
  const policy = "content-security-policy";
  if (!response.headers.has(policy)) response.headers.set(policy, NO_CONTENT);
  return response;
}

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

export interface ServeOptions<What> extends Omit<HttpServerOptions, "handler"> {
  /** The paths that are served. */
  readonly routes: Routes<What>;
  /** The names by which clients may ask, beside localhost and every IP address; absent: any name. */
  readonly names?: readonly string[];
  /** Who may read it; absent: everybody. */
  readonly access?: Access;
}

/** @throws {TerminalError} If the address is in use or has another form. */
export function serve<What>(
  { routes, names, access, ...options }: ServeOptions<What>,
  shown: What,
): HttpServer {
  const answer = async (request: Request, peer: string) => {
    const [host, authorization] = ["host", "authorization"].map((key) => request.headers.get(key));
    if (names && !isOwnHost(host!, names)) return misdirected();
    const path = new URL(request.url).pathname;
    const refused = access &&
      await refusal({ ...access, path, peer, authorization: authorization! });
    if (refused) return refused;
    const handle = Object.hasOwn(routes, path) ? routes[path] : undefined;
    return await handle?.(shown, request) ?? new Response("not found\n", { status: 404 });
  };
  return serveHttp({
    ...options,
    handler: async (request, peer) => withHeaders(await answer(request, peer)),
  });
}
