/** `sluice agent`: runs on a node until a signal stops it. @module */
import { Agent } from "../agent/agent.ts";
import type { Source } from "../contracts/mod.ts";
import { type AgentConfig, NO_STATE_DIR, stateFile } from "../agent/config.ts";
import { ALL_ROUTES, METRICS_ROUTES, serve } from "../report/http.ts";
import type { Holder } from "../base/marks.ts";
import { type Log, openLog } from "../base/log.ts";
import { blamePlugins, loadPlugins, reloader } from "./agent_plugins.ts";
import { agentOptions, createSource, nodeName, readConfigFile } from "./agent_options.ts";
import { folderLoader } from "./plugin_files.ts";
import type { Plugins } from "../contracts/registry.ts";
import { Remembered } from "../agent/memory_file.ts";

export function agentCommand(plugins: Plugins, version: string) {
  const command = agentOptions("agent", plugins)
    .description("Run on this node: watch TrafficControls and make them true on the bridge.");
  return command.action(async () => {
    const ignored = await readConfigFile(command);
    const config = { enabled: true, ...nodeName(), ...command.opts() } as AgentConfig;
    const log = openLog({ format: config.logFormat, level: config.logLevel });
    if (ignored.length > 0) log.info("Config keys of Antrea's agent ignored", { keys: ignored });
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
  const loading = { loader: folderLoader(builtIn, config.plugins), builtIn, config, log };
  let reload = () => {}; // Until the plugins are loaded for the first time, SIGHUP does nothing
  const signals = {
    SIGTERM: () => stop.abort(),
    SIGINT: () => stop.abort(),
    SIGHUP: () => reload(),
  };
  using _signals = onSignals(signals);
  const plugins = await loadPlugins(loading);
  const { Metrics } = await import("../report/metrics.ts"); // Other commands must not wait for its library
  await using remembered = await openRemembered(config, log);
  const agent = new Agent({
    ...plugins,
    version: config.version,
    config,
    holder: config.enabled ? thisProcess() : undefined,
    sources: sourcesOf(config, builtIn, remembered),
    metrics: new Metrics(config.version),
    remembered,
    log,
  });
  reload = reloader(agent, loading, plugins);
  using _blame = blamePlugins(loading);
  const servers = startServers(config, agent, log);
  const [listen, metrics] = servers.map(({ address }) => `${address.hostname}:${address.port}`);
  log.info("Agent started", { bridge: config.bridge, listen, metrics });
  try {
    await agent.run(stop.signal);
  } finally {
    await Promise.all(servers.map((server) => server.shutdown()));
  }
  log.info("Agent stopped", { flows: "left in place" });
}

function thisProcess(): Holder {
  const since = new Date(performance.timeOrigin).toISOString();
  return { host: Deno.hostname(), pid: Deno.pid, since };
}

function startServers({ listen, metricsListen }: AgentConfig, agent: Agent, log: Log) {
  const options = (listen: string) => ({ listen, onState: acceptLogger(listen, log) });
  const servers = [serve(options(listen), agent, ALL_ROUTES)];
  if (metricsListen) servers.push(serve(options(metricsListen), agent, METRICS_ROUTES));
  return servers;
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

/**
 * Opens the file of the last good state. If the feature gate is off, it removes the file instead: no object is realized
 * then, so that a later agent has no state to go on with.
 */
async function openRemembered(config: AgentConfig, log: Log): Promise<Remembered | undefined> {
  const { enabled, stateDir: folder, bridge, source } = config;
  if (folder === NO_STATE_DIR) return undefined;
  if (enabled) return await Remembered.open({ folder, bridge, source, log });
  await removeState(stateFile(config), log);
}

async function removeState(file: string, log: Log): Promise<void> {
  try {
    await Deno.remove(file);
    log.info("State removed", { file });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    log.warning("State not removed", { file, error: (error as Error).message });
  }
}

/** The configured sources. If the feature gate is off, one without objects: Sluice's flows and ports are removed. */
function sourcesOf(config: AgentConfig, plugins: Plugins, remembered?: Remembered): Source[] {
  if (!config.enabled) return [NOTHING];
  return config.source.map((name, index) => {
    // The name of the first part is that of earlier versions, which knew one source.
    const memory = remembered?.part(index === 0 ? "source" : `source ${name}`);
    return createSource(name, config, { plugins, ...(memory && { memory }) });
  });
}
