/** The agent of the moment and its plugins. An agent that takes the place of another one begins with the same plugins. @module */
import type { Agent, AgentPlugins } from "../agent/agent.ts";
import type { AgentConfig } from "../agent/config.ts";
import type { Log } from "../base/log.ts";
import type { Plugins } from "../contracts/registry.ts";
import type { PluginLoader } from "../plugin_files/loader.ts";
import { pluginsIn } from "./agent_plugins.ts";
import { folderLoader } from "./plugin_files.ts";

export interface PresentAgentOptions {
  readonly builtIn: Plugins;
  readonly config: Pick<AgentConfig, "plugins">;
  readonly log: Log;
}

/** Disposing of it ends the processes of plugins. */
export class PresentAgent implements Disposable {
  readonly loader: PluginLoader;
  agent: Agent | undefined;
  /** Those that were loaded last. They are set before there is an agent. */
  plugins!: AgentPlugins;

  constructor({ builtIn, config, log }: PresentAgentOptions) {
    this.loader = folderLoader(builtIn, config.plugins, {
      onFault: (file, error) => log.error("Plugin failed", { file, error }),
      onRested: () => this.agent?.judgeAgain(),
    });
  }

  usePlugins(plugins: AgentPlugins): void {
    this.plugins = plugins;
    this.agent?.usePlugins(plugins);
    this.endReplaced();
  }

  /** Ends the processes of plugins that nothing calls any more. A bridge uses its pipeline until it has another one. */
  endReplaced(): void {
    const inUse = new Set<unknown>(this.agent?.pipelines);
    this.loader.endAllBut(pluginsIn(this.plugins).union(inUse));
  }

  [Symbol.dispose](): void {
    this.loader[Symbol.dispose]();
  }
}
