/** `sluice agent`: runs on a node until a signal stops it. @module */
import { LIMITS } from "../base/limits.ts";
import { Agent, type AgentPlugins } from "../agent/agent.ts";
import type { Source } from "../contracts/mod.ts";
import { type AgentConfig, configsOf } from "../agent/config.ts";
import { type Database, databaseOf } from "../agent/database.ts";
import { NO_STATE_DIR, type OpenStates, openStates } from "../agent/state_files.ts";
import { BlockerLog } from "../report/blocker_log.ts";
import { readToken } from "../base/token_file.ts";
import type { Holder } from "../base/marks.ts";
import { type Log, openLog } from "../base/log.ts";
import type { Metrics } from "../report/metrics.ts";
import { loadPlugins, reloader } from "./agent_plugins.ts";
import { agentOptions, createSource, nodeName } from "./agent_options.ts";
import { readConfigFile } from "./config_option.ts";
import { LocalServers } from "./local_servers.ts";
import { PresentAgent } from "./present_agent.ts";
import { onSignals } from "./signals.ts";
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
  if (config.tokenFile !== undefined) await readToken(config.tokenFile); // says now if it cannot be used
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
