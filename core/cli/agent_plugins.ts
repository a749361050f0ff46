/** Loads the plugins of a running agent: at its start, and again at each SIGHUP. @module */
import type { Agent, AgentPlugins } from "../agent/agent.ts";
import type { AgentConfig } from "../agent/config.ts";
import { choosePipeline, type PipelineChoice, unknownBridge } from "../agent/pipeline_choice.ts";
import type { Log } from "../base/log.ts";
import type { LoadedPlugins, PluginLoader } from "../plugin_files/loader.ts";
import type { Plugins } from "../contracts/registry.ts";
import { pipelineChoice } from "./pipeline_option.ts";
import { resolversOf } from "./resolver_option.ts";

export interface AgentPluginsOptions {
  readonly loader: PluginLoader;
  readonly builtIn: Plugins;
  readonly config: Pick<AgentConfig, "bridge" | "resolver" | "pipeline" | "plugins">;
  readonly log: Log;
}

/**
 * Loads the plugins and logs the result for each file.
 *
 * @param before The pipelines that are loaded: if there is none any more that has the configured name, that one goes on.
 * @throws {TerminalError} If the folder cannot be read, or no resolver or pipeline has the configured name.
 */
export async function loadPlugins(
  options: AgentPluginsOptions,
  before?: PipelineChoice,
): Promise<AgentPlugins> {
  const { loader, builtIn, config, log } = options;
  const { plugins, files } = await loader.load();
  const resolvers = resolversOf(config.resolver, plugins);
  const found = pipelineChoice(plugins, builtIn, config.pipeline);
  const pipelines = before ? withNamed(found, before, log) : found;
  choosePipeline(pipelines, unknownBridge(config.bridge[0]!)); // says so if there is none of that name
  report(files, log);
  const marking = [...plugins.resolvers.values()];
  return { registries: plugins, resolvers, marking, pipelines, pluginFiles: files };
}

/** The choice, in which the pipeline that the user names stays when its file is gone. */
function withNamed(choice: PipelineChoice, before: PipelineChoice, log: Log): PipelineChoice {
  const { named, pipelines } = choice;
  const inUse = named === undefined ? undefined : before.pipelines.get(named);
  if (named === undefined || !inUse || pipelines.has(named)) return choice;
  log.error("Pipeline not found, the one in use goes on", { pipeline: named });
  return { ...choice, pipelines: new Map([...pipelines, [named, inUse]]) };
}

/** The plugins that an agent may call from now on. */
export function pluginsIn(
  { registries, resolvers, marking, pipelines }: AgentPlugins,
): Set<unknown> {
  const { targets, actions, options } = registries;
  const named = [targets, actions, options, pipelines.pipelines];
  return new Set([...named.flatMap((each) => [...each.values()]), ...resolvers, ...marking]);
}

function report(files: LoadedPlugins["files"], log: Log): void {
  for (const { state, problems, ...plugin } of files) {
    if (state === "loaded") log.info("Plugin loaded", plugin);
    else log.warning("Plugin refused", { ...plugin, problems, earlier: state === "kept" });
  }
}

/** What gets plugins that have been loaded again. */
type PluginUser = Pick<Agent, "usePlugins">;

/** @returns A function that reloads the plugins. Its calls run one after the other, so that the last one decides. */
export function reloader(
  agent: PluginUser,
  options: AgentPluginsOptions,
  { pipelines }: AgentPlugins,
): () => void {
  let last = Promise.resolve(pipelines);
  return () => {
    last = last.then((before) => reload(agent, options, before));
  };
}

/** Loads the plugins again. If that fails, those that are loaded stay in use. @returns The pipelines that are loaded. */
async function reload(
  agent: PluginUser,
  options: AgentPluginsOptions,
  before: PipelineChoice,
): Promise<PipelineChoice> {
  try {
    const plugins = await loadPlugins(options, before);
    agent.usePlugins(plugins);
    options.log.info("Plugins reloaded", { folder: options.config.plugins ?? "none" });
    return plugins.pipelines;
  } catch (error) {
    options.log.error("Plugins not reloaded", { error: (error as Error).message });
    return before;
  }
}
