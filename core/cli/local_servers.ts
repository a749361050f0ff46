/** The servers of the agent's local API. @module */
import type { Agent } from "../agent/agent.ts";
import type { AgentConfig } from "../agent/config.ts";
import type { Log } from "../base/log.ts";
import { endsOf } from "../report/connection_ends.ts";
import { API_ROUTES, METRICS_ROUTES, PAGE_ROUTES, serve, type Shown } from "../report/http.ts";
import type { HttpServer } from "../report/http_server.ts";
import { LiveState } from "../report/live_state.ts";
import { userOf } from "../report/peer.ts";

/** The number of the user root. */
const ROOT = 0;

/** The servers of the local API. They show the agent of the moment. */
export class LocalServers implements AsyncDisposable {
  #servers: readonly HttpServer[] = [];
  #agent!: Agent;

  /** Shows this agent from now on. The first call starts the servers. */
  show(agent: Agent, config: AgentConfig, log: Log): void {
    this.#agent = agent;
    if (this.#servers.length > 0) return;
    const state = () => this.#agent.state();
    const changed = (signal: AbortSignal) => this.#agent.changed(signal);
    const shown: Shown = {
      unhealthy: () => this.#agent.unhealthy(),
      unready: () => this.#agent.unready(),
      notes: () => this.#agent.notes(),
      state,
      live: new LiveState({ mode: "node", read: state, changed }),
      counters: () => this.#agent.counters(),
      explain: (question) => this.#agent.explain(question),
      capture: isLoopbackListen(config.listen) ? (request) => this.#capture(request) : undefined,
      metrics: () => this.#agent.metrics(),
    };
    this.#servers = startServers(config, shown, log);
    const [listen, metrics] = this.#servers
      .map(({ address }) => `${address.hostname}:${address.port}`);
    log.info("Agent started", { bridge: config.bridge.join(), listen, metrics });
    if (!isLoopbackListen(config.listen) && config.tokenFile === undefined) {
      log.warning("Local API open to the network", { listen, answers: OPEN, cure: STAY });
    }
  }

  /** Whoever is no root, and not who the agent is, has no right to the packets of others. */
  async #capture(request: Request): Promise<Response> {
    const ends = endsOf(request);
    const user = ends && await userOf(ends);
    if (user === ROOT || user === Deno.uid()) return await this.#agent.captures.answer(request);
    return new Response("captures are for root, and for the user of the agent\n", { status: 403 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.shutdown()));
    this.#servers = [];
  }
}

function startServers(config: AgentConfig, shown: Shown, log: Log) {
  const { listen, metricsListen, tokenFile, web = true } = config;
  const routes = { ...API_ROUTES, ...(web && PAGE_ROUTES) };
  const access = { ...(tokenFile !== undefined && { tokenFile }) };
  const options = (listen: string) => ({ listen, onState: acceptLogger(listen, log) });
  const servers = [
    serve({ ...options(listen), routes, access, names: ownNames(config) }, shown),
  ];
  // Prometheus may ask by the name of a Service or of a node's zone, which the agent does not know.
  if (metricsListen) {
    servers.push(serve({ ...options(metricsListen), routes: METRICS_ROUTES }, shown));
  }
  return servers;
}

/** What others than the programs of the node are told. */
const OPEN = "only probes and /metrics, as --token-file is not given";
const STAY =
  "name 127.0.0.1 with --listen, for Prometheus alone --metrics-listen, or give --token-file";

/** Whether a `HOST:PORT` is one that only this machine reaches. */
export function isLoopbackListen(listen: string): boolean {
  return /^(?:127\.[\d.]+|localhost|\[::1\]):\d+$/.test(listen);
}

/** The names by which clients of the local API may ask. */
function ownNames({ listen, node }: AgentConfig): string[] {
  return [listen.replace(/:\d+$/, ""), node, Deno.hostname()].filter((name) => name !== undefined);
}

/** Logs when connections cannot be accepted, and when they can again. */
function acceptLogger(listen: string, log: Log) {
  let before: string | undefined;
  return (problem: Error | undefined) => {
    if (problem?.message === before) return;
    before = problem?.message;
    if (before === undefined) log.info("Connections accepted again", { listen });
    else log.warning("Connections not accepted", { listen, error: before });
  };
}
