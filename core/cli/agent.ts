/** `sluice agent`: runs on a node until it is told to stop. @module */
import { Option } from "@commander-js/extra-typings";
import { Agent } from "../agent.ts";
import type { Source } from "../contracts/mod.ts";
import { delay } from "../backoff.ts";
import { type AgentConfig, parseConfigFile } from "../config.ts";
import { TerminalError } from "../errors.ts";
import { serve } from "../http.ts";
import { type Log, openLog } from "../log.ts";
import { bridgeOptions, DEFAULT_LISTEN } from "./options.ts";
import type { Plugins } from "./plugins.ts";

export function agentCommand(plugins: Plugins) {
  const command = withSource(bridgeOptions().name("agent"), plugins)
    .description("Run on this node: watch TrafficControls and make them true on the bridge.")
    .addOption(
      new Option("--node <name>", "this node; Pods with another spec.nodeName are not ours")
        .env("SLUICE_NODE"),
    )
    .addOption(
      new Option("--listen <host:port>", "local API: /healthz, /readyz, /api/v1/state")
        .default(DEFAULT_LISTEN).env("SLUICE_LISTEN"),
    )
    .addOption(
      new Option("--config <file>", "settings in a file; flags and environment win")
        .env("SLUICE_CONFIG"),
    )
    .addOption(
      new Option(
        "--allow-protocol-change",
        "add OpenFlow 1.5 to the bridge's protocols if it lacks it: disconnects its controller once",
      ).default(false).env("SLUICE_ALLOW_PROTOCOL_CHANGE"),
    );
  return command.action(async () => {
    const ignored = await readConfigFile(command);
    const config = { enabled: true, ...command.opts() } as AgentConfig;
    const log = openLog({ format: config.logFormat, level: config.logLevel });
    if (ignored.length > 0) log.info("Config keys of Antrea's agent ignored", { keys: ignored });
    await runAgent(config, plugins, log);
  });
}

/** Where objects come from, and how their Pods are found. */
function withSource(command: ReturnType<typeof bridgeOptions>, { resolvers, sources }: Plugins) {
  return command
    .addOption(
      new Option("--source <source>", "where objects come from").choices([...sources.keys()])
        .default("files").env("SLUICE_SOURCE"),
    )
    .addOption(
      new Option("--manifests <dir>", "folder of *.yaml, *.yml and *.json for --source files")
        .env("SLUICE_MANIFESTS"),
    )
    .addOption(
      new Option(
        "--resolver <name>",
        "how a Pod's port is found; by default the first that finds it",
      )
        .choices([...resolvers.keys()]).env("SLUICE_RESOLVER"),
    );
}

/** Milliseconds for requests under way to end. */
const SHUTDOWN_TIMEOUT = 1000;

type ConfigurableCommand = ReturnType<typeof bridgeOptions>;

/** Values of the file where neither a flag nor the environment gives one. */
async function readConfigFile(command: ConfigurableCommand): Promise<readonly string[]> {
  const { config: file } = command.opts() as { config?: string };
  if (!file) return [];
  const { options, ignored } = parseConfigFile(file, await readText(file));
  for (const [name, value] of Object.entries(options)) {
    const source = command.getOptionValueSource(name as never);
    if (source === "cli" || source === "env") continue;
    command.setOptionValueWithSource(name as never, value as never, "config");
  }
  return ignored;
}

async function readText(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new TerminalError(`Cannot read config file "${file}": ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** @returns When a signal stopped it. Flows and ports stay: `sluice cleanup` removes them. */
async function runAgent(config: AgentConfig, plugins: Plugins, log: Log): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ["SIGTERM", "SIGINT"] as const;
  for (const name of signals) Deno.addSignalListener(name, onSignal);
  const agent = new Agent({
    config,
    registries: plugins,
    resolvers: resolversOf(config, plugins),
    pipeline: plugins.pipelines.get("interpose")!,
    source: sourceOf(config, plugins),
    log,
  });
  const server = serve(config.listen, agent);
  const { hostname, port } = server.addr;
  log.info("Agent started", { bridge: config.bridge, listen: `${hostname}:${port}` });
  try {
    await agent.run(stop.signal);
  } finally {
    await Promise.race([server.shutdown(), delay(SHUTDOWN_TIMEOUT)]); // a client may never end
    for (const name of signals) Deno.removeSignalListener(name, onSignal);
  }
  log.info("Agent stopped", { flows: "left in place" });
}

const NOTHING: Source = {
  name: "nothing",
  async *watch(_, signal) {
    yield { type: "snapshot", objects: [] };
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
};

function resolversOf({ resolver }: AgentConfig, { resolvers }: Plugins) {
  return resolver ? [resolvers.get(resolver)!] : [...resolvers.values()];
}

/** With the gate off there is nothing to realize: what is ours on the bridge is left over. */
function sourceOf(config: AgentConfig, { sources }: Plugins): Source {
  if (!config.enabled) return NOTHING;
  if (config.source === "files" && !config.manifests) {
    throw new TerminalError('Cannot use source "files": --manifests is not given');
  }
  return sources.get(config.source)!.create({ folder: config.manifests ?? "" });
}
