/** The agent's settings by flags, environment and file, for `sluice agent` and `sluice doctor`. @module */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { AgentConfig } from "../agent/config.ts";
import { NO_STATE_DIR } from "../agent/state_files.ts";
import type { Memory, Source } from "../contracts/mod.ts";
import type { Plugins } from "../contracts/registry.ts";
import { ADDITIONAL_PORTS, annotationOf } from "../objects/forms.ts";
import { configOption, type SourceSetting } from "./config_option.ts";
import {
  bridgeOptions,
  DEFAULT_LISTEN,
  DEFAULT_STATE_DIR,
  nodeOption,
  tokenFileOption,
} from "./options.ts";
import { pipelineOption } from "./pipeline_option.ts";
import { pluginsOption } from "./plugin_files.ts";
import { resolverOption } from "./resolver_option.ts";
import { readSetting, settingOption } from "./setting_option.ts";

export function agentOptions(name: string, plugins: Plugins) {
  return withLocalApi(withSource(bridgeOptions().name(name), plugins))
    .addOption(nodeOption("this node; Pods with another spec.nodeName are ignored"))
    .addOption(
      settingOption(
        "stateDir",
        "--state-dir <dir>",
        `where the last good state of broken objects outlives the agent; "${NO_STATE_DIR}" keeps nothing`,
      ).default(DEFAULT_STATE_DIR),
    )
    .addOption(
      settingOption(
        "allowProtocolChange",
        "--allow-protocol-change [boolean]",
        "add OpenFlow 1.5 to the bridge's protocols if it lacks it: disconnects its controller once",
      ).preset("true").default(false),
    )
    .addOption(noTrafficOption())
    .addOption(configOption());
}

/** Adds the options of the local API. */
function withLocalApi(command: ReturnType<typeof withSource>) {
  return command
    .addOption(
      settingOption(
        "listen",
        "--listen <host:port>",
        "local API: a page for browsers, /healthz, /readyz, /metrics, /api/v1/state",
      ).default(DEFAULT_LISTEN),
    )
    .addOption(
      settingOption(
        "metricsListen",
        "--metrics-listen <host:port>",
        "/metrics alone, for a Prometheus elsewhere",
      ),
    )
    .addOption(
      settingOption("web", "--web [boolean]", "the page for browsers at / of the local API")
        .preset("true").default(true),
    )
    .addOption(new Option("--no-web", "the local API has no page"))
    .addOption(tokenFileOption("whose token clients of the local API need"));
}

/** Long enough for the pauses of most programs, e.g. probes every 30 s; short enough to be told while one still looks. */
const DEFAULT_NO_TRAFFIC = "10m";

function noTrafficOption() {
  const docs = 'warn of a TrafficControl that sees no packet for so long; "off" never does';
  return settingOption("noTrafficAfter", "--no-traffic-after <duration>", docs)
    .default(readSetting("noTrafficAfter", DEFAULT_NO_TRAFFIC), DEFAULT_NO_TRAFFIC);
}

/** The node's name by NODE_NAME, as many DaemonSets pass it. The flag, SLUICE_NODE and the file win over it. */
export function nodeName(): { readonly node?: string } {
  const node = Deno.env.get("NODE_NAME");
  return node ? { node } : {};
}

const DEFAULT_SOURCES: readonly string[] = ["files"];
/** Files are the operator's. Pods of the API server are written by whoever may write Pods. */
const DEFAULT_TRUSTED: readonly string[] = ["files"];
/** The value of `--trust-annotations` with which no source is trusted. */
const NO_SOURCE = "none";

/** One name, or several with commas between them; what is given again is added. */
function sourceParser(setting: SourceSetting, known: readonly string[]) {
  return (text: string, before: readonly string[] | undefined): readonly string[] => {
    const names = readSetting(setting, text);
    if (!names.every((name) => known.includes(name))) {
      const message = `Allowed choices are ${known.join(", ")}.`; // as commander says it
      throw new InvalidArgumentError(message);
    }
    const earlier = before === DEFAULT_SOURCES || before === DEFAULT_TRUSTED ? [] : before ?? [];
    return readSetting(setting, [...new Set([...earlier, ...names])].join());
  };
}

function trustOption(choices: readonly string[]) {
  const docs = `whose Pods may name their ports and MACs by annotations; "${NO_SOURCE}": nobody's`;
  return settingOption("trustAnnotations", "--trust-annotations <source>", docs).choices(choices)
    .argParser(sourceParser("trustAnnotations", choices)).default(DEFAULT_TRUSTED, "files");
}

/** Adds the options that say where objects come from, and how the ports of Pods are found. */
function withSource(command: ReturnType<typeof bridgeOptions>, plugins: Plugins) {
  const { sources } = plugins;
  return command
    .addOption(
      settingOption("source", "--source <source>", "where objects come from; may be given again")
        .choices([...sources.keys()]).argParser(sourceParser("source", [...sources.keys()]))
        .default(DEFAULT_SOURCES, "files"),
    )
    .addOption(
      settingOption(
        "manifests",
        "--manifests <dir>",
        "folder of *.yaml, *.yml and *.json for --source files",
      ),
    )
    .addOption(
      settingOption(
        "kubeconfig",
        "--kubeconfig <file>",
        "for --source kubernetes; not needed inside the cluster",
      ),
    )
    .addOption(
      settingOption(
        "silence",
        "--silence <seconds>",
        "a watch of the API server without a word for so long counts as dead",
      ),
    )
    .addOption(resolverOption())
    .addOption(trustOption([...sources.keys(), NO_SOURCE]))
    .addOption(pipelineOption(plugins))
    .addOption(pluginsOption());
}

/**
 * @param name One of the sources that the settings name.
 * @throws {TerminalError} If an option is missing that the source needs.
 */
export function createSource(
  name: string,
  config: AgentConfig,
  { plugins, memory }: { readonly plugins: Plugins; readonly memory?: Memory },
): Source {
  const { manifests: folder, ...options } = config;
  const fields = [...plugins.options.keys(), ADDITIONAL_PORTS];
  return plugins.sources.get(name)!.create({
    ...options,
    annotations: new Map(fields.map((field) => [field, annotationOf(field)])),
    ...(folder && { folder }),
    ...(memory && { memory }),
  });
}
