/** `sluice agent`: runs on a node until a signal stops it. @module */
import { LIMITS } from "../base/limits.ts";
import { Agent, type AgentPlugins } from "../agent/agent.ts";
import type { Source } from "../contracts/mod.ts";
import { type AgentConfig, configsOf } from "../agent/config.ts";
import { type Database, databaseOf } from "../agent/database.ts";
import { NO_STATE_DIR, type OpenStates, openStates } from "../agent/state_files.ts";
import { BlockerLog } from "../report/blocker_log.ts";
import { ALL_ROUTES, METRICS_ROUTES, serve, type Shown } from "../report/http.ts";
import { endsOf, type HttpServer } from "../report/http_server.ts";
import { userOf } from "../report/peer.ts";
import type { Holder } from "../base/marks.ts";
import { type Log, openLog } from "../base/log.ts";
import type { Metrics } from "../report/metrics.ts";
import { loadPlugins, reloader } from "./agent_plugins.ts";
import { agentOptions, createSource, nodeName } from "./agent_options.ts";
import { readConfigFile } from "./config_option.ts";
import { PresentAgent } from "./present_agent.ts";
import type { Plugins } from "../contracts/registry.ts";
import { NotConnectedError } from "../base/errors.ts";
import { withOvsdb } from "./connected.ts";

export function agentCommand(plugins: Plugins, version: string) {
  const command = agentOptions("agent", plugins)
    .description("Run on this node: watch TrafficControls and make them true on the bridge.");
  return command.action(async () => {
    const unknown = await readConfigFile(command);
    const config = { enabled: true, ...nodeName(), ...command.opts() } as AgentConfig;
    const log = openLog({ format: config.logFormat, level: config.logLevel });
    configsOf(config); // says so if they do not go together
    if (unknown.length > 0) log.warning("Config keys unknown to Sluice ignored", { keys: unknown });
    await runAgent({ ...config, version }, plugins, log);
  });
}

/** Runs the agent until a signal stops it. Flows and ports stay on the bridge: `sluice cleanup` removes them. */
async function runAgent(
  config: AgentConfig & { readonly version: string },
  builtIn: Plugins,
  log: Log,
): Promise<void> {
  const stop = new AbortController();
  using present = new PresentAgent({ builtIn, config, log });
  const loading = { loader: present.loader, builtIn, config, log };
  let reload = () => {}; // Until the plugins are loaded for the first time, SIGHUP does nothing
  const end = () => void captures().finally(() => stop.abort());
  const captures = async () => await present.agent?.captures.end();
  const signals = {
    SIGTERM: end,
    SIGINT: end,
    SIGHUP: () => reload(),
  };
  using _signals = onSignals(signals);
  present.usePlugins(await loadPlugins(loading));
  const { Metrics } = await import("../report/metrics.ts"); // Other commands must not wait for its library
  const metrics = new Metrics(config.version, config.bridge);
  await using local = new LocalServers();
  const start = { builtIn, config, metrics, blockerLog: new BlockerLog(log), log };
  reload = reloader(present, loading, present.plugins);
  const onAgent = (agent: Agent) => {
    present.agent = agent;
    local.show(agent, config, log);
  };
  let database = await findDatabase(config);
  while (!stop.signal.aborted) {
    const { plugins } = present;
    const starting = { ...start, plugins, onPipeline: () => present.endReplaced() };
    database = await runWith(database, starting, { signal: stop.signal, onAgent });
  }
  await local[Symbol.asyncDispose]();
  log.info("Agent stopped", { flows: "left in place" });
}

const ROOT = 0;

function thisProcess(): Holder {
  const since = new Date(performance.timeOrigin).toISOString();
  return { host: Deno.hostname(), pid: Deno.pid, since };
}

interface Start {
  readonly builtIn: Plugins;
  readonly config: AgentConfig & { readonly version: string };
  readonly metrics: Metrics;
  readonly plugins: AgentPlugins;
  readonly onPipeline: () => void;
  readonly blockerLog: BlockerLog;
  readonly log: Log;
}

/**
 * Runs an agent until the signal aborts. If the database is not known yet, also until it is, and before the first round:
 * the agent then makes room for one that knows the last good state.
 *
 * @returns The database, as soon as it is known.
 */
async function runWith(
  database: Database | undefined,
  { builtIn, config, log, ...start }: Start,
  { signal, onAgent }: { readonly signal: AbortSignal; readonly onAgent: (agent: Agent) => void },
): Promise<Database | undefined> {
  await using opened = database && await openStates(config, database, log);
  const remembered: OpenStates = opened ?? new Map();
  const isEnough = database !== undefined || config.stateDir === NO_STATE_DIR;
  const found = new AbortController();
  let later = database;
  const agent = new Agent({
    ...start,
    ...start.plugins,
    version: config.version,
    config,
    holder: config.enabled ? thisProcess() : undefined,
    sources: sourcesOf(config, builtIn, remembered),
    remembered,
    log,
    onDatabase: (now) => {
      if (isEnough) return;
      later = now;
      found.abort();
    },
  });
  onAgent(agent);
  await agent.run(AbortSignal.any([signal, found.signal]));
  return later;
}

/** The database of Open vSwitch; nothing if OVSDB does not answer now. */
async function findDatabase({ ovsdb, bridge }: AgentConfig): Promise<Database | undefined> {
  try {
    return await withOvsdb(
      ovsdb,
      ({ cache }) => Promise.resolve(databaseOf(cache, bridge)),
      { timeout: LIMITS.databaseName },
    );
  } catch (error) {
    if (error instanceof NotConnectedError) return undefined;
    throw error;
  }
}

/** The servers of the local API. They show the agent of the moment. */
class LocalServers implements AsyncDisposable {
  #servers: readonly HttpServer[] = [];
  #agent!: Agent;

  /** Shows this agent from now on. The first call starts the servers. */
  show(agent: Agent, config: AgentConfig, log: Log): void {
    this.#agent = agent;
    if (this.#servers.length > 0) return;
    const shown: Shown = {
      unhealthy: () => this.#agent.unhealthy(),
      unready: () => this.#agent.unready(),
      notes: () => this.#agent.notes(),
      state: () => this.#agent.state(),
      counters: () => this.#agent.counters(),
      explain: (question) => this.#agent.explain(question),
      metrics: () => this.#agent.metrics(),
      capture: isLoopback(config.listen) ? (request) => this.#capture(request) : undefined,
    };
    this.#servers = startServers(config, shown, log);
    const [listen, metrics] = this.#servers
      .map(({ address }) => `${address.hostname}:${address.port}`);
    log.info("Agent started", { bridge: config.bridge.join(), listen, metrics });
    if (!isLoopback(config.listen)) {
      log.warning("Local API open to the network", { listen, cure: STAY });
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
  const { listen, metricsListen } = config;
  const options = (listen: string) => ({ listen, onState: acceptLogger(listen, log) });
  const servers = [
    serve({ ...options(listen), routes: ALL_ROUTES, names: ownNames(config) }, shown),
  ];
  // Prometheus may ask by the name of a Service or of a node's zone, which the agent does not know.
  if (metricsListen) {
    servers.push(serve({ ...options(metricsListen), routes: METRICS_ROUTES }, shown));
  }
  return servers;
}

/** Who can reach the local API can read the names, ports and addresses of all Pods of the node. */
const STAY = "name 127.0.0.1 with --listen, and for Prometheus alone --metrics-listen";

function isLoopback(listen: string): boolean {
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

/** Handles signals until it is disposed of. */
function onSignals(handlers: Readonly<Partial<Record<Deno.Signal, () => void>>>): Disposable {
  const all = Object.entries(handlers) as [Deno.Signal, () => void][];
  for (const [name, handler] of all) Deno.addSignalListener(name, handler);
  return {
    [Symbol.dispose]: () => {
      for (const [name, handler] of all) Deno.removeSignalListener(name, handler);
    },
  };
}

/** A source without objects. */
const NOTHING: Source = {
  name: "nothing",
  async *watch(_, signal) {
    yield { type: "snapshot", objects: [] };
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
};

/** The configured sources. If the feature gate is off, one without objects: Sluice's flows and ports are removed. */
function sourcesOf(config: AgentConfig, plugins: Plugins, opened: OpenStates): Source[] {
  if (!config.enabled) return [NOTHING];
  const remembered = opened.get(config.bridge[0]!);
  return config.source.map((name, index) => {
    // The name of the first part is that of earlier versions, which knew one source.
    const memory = remembered?.part(index === 0 ? "source" : `source ${name}`);
    return createSource(name, config, { plugins, ...(memory && { memory }) });
  });
}
