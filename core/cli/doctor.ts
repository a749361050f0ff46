/** `sluice doctor`: shows what is missing or odd on a node, and how to mend it. It writes nothing. @module */
import { Option } from "@commander-js/extra-typings";
import { type AgentConfig, configsOf } from "../agent/config.ts";
import { type Finding, problem } from "../doctor/check.ts";
import { examine } from "../doctor/checks.ts";
import type { Facts } from "../doctor/facts.ts";
import { type Examinable, gather } from "../doctor/gather.ts";
import { joinedFindings } from "../doctor/several.ts";
import { type Known, known, unknown } from "../doctor/known.ts";
import { SluiceError, TerminalError } from "../base/errors.ts";
import type { Plugins } from "../contracts/registry.ts";
import { agentOptions, createSource, nodeName } from "./agent_options.ts";
import { readConfigFile } from "./config_option.ts";
import { withOvsdb } from "./connected.ts";
import { pipelineChoice } from "./pipeline_option.ts";
import { plannedControls } from "./planned_controls.ts";
import { folderLoader } from "./plugin_files.ts";
import { harmlessValues } from "../base/foreign_text.ts";
import { printJson, printText } from "./print.ts";

const AFTER_HELP = `
Give it the agent's own options, environment or --config, so that it checks what the agent uses.

Exit codes: 0 all is well, or there are no more than warnings; 1 something is to be mended.`;

export function doctorCommand(plugins: Plugins) {
  const command = agentOptions("doctor", plugins)
    .description("Look at this node: what is missing or odd, and how to mend it. Writes nothing.")
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text"),
    )
    .addHelpText("after", AFTER_HELP);
  return command.action(async ({ output }) => {
    const configFile = await tryConfigFile(command);
    const config: AgentConfig = { enabled: true, ...nodeName(), ...command.opts() };
    const all = await loadedPlugins(plugins, config);
    const pipelines = pipelineChoice(all, plugins, config.pipeline);
    const sources = () => config.source.map((name) => createSource(name, config, { plugins }));
    const given = {
      bridges: config.bridge,
      now: Date.now(),
      configFile,
      pipelines,
      source: once(trySources(config, { plugins: all, isAskedFor: isAskedFor(command) })),
      readDatabase: (address: string) => withOvsdb(address, ({ cache }) => Promise.resolve(cache)),
      plan: () =>
        withOvsdb(
          config.ovsdb,
          (session) => plannedControls(session, { config, plugins: all, pipelines }, sources()),
        ),
    };
    const found = await Promise.all(
      configsOf(config).map(async (each) => ({
        bridge: each.bridge,
        findings: examine(await gather({ ...given, config: each })),
      })),
    );
    const findings = joinedFindings(found);
    if (output === "json") printJson(toJson(config, findings));
    else printText(toText(config, harmlessValues(findings)));
    if (count(findings, "problem") > 0) Deno.exitCode = 1;
  });
}

type ConfigurableCommand = Parameters<typeof readConfigFile>[0];

/** Reads the configuration file. If that fails, the error is a fact, and the other checks run without its values. */
async function tryConfigFile(command: ConfigurableCommand): Promise<Facts["configFile"]> {
  if (!("config" in command.opts())) return unknown("--config is not given");
  try {
    return known({ unknown: await readConfigFile(command) });
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return known({ error: error.message, unknown: [] });
  }
}

/** Without the plugin files if they cannot be loaded: the agent, and `plugin check`, say what is wrong with those. */
async function loadedPlugins(builtIn: Plugins, { plugins: folder }: AgentConfig): Promise<Plugins> {
  try {
    return (await folderLoader(builtIn, folder).load()).plugins;
  } catch (error) {
    if (error instanceof SluiceError) return builtIn;
    throw error;
  }
}

/** Whether the user set the source, or the folder that it reads. */
function isAskedFor(command: ConfigurableCommand): boolean {
  return command.getOptionValueSource("source" as never) !== "default" ||
    "manifests" in command.opts();
}

interface Trying {
  readonly plugins: Plugins;
  readonly isAskedFor: boolean;
}

/** The source, which is looked at once, however many bridges there are. */
function once(source: Known<Examinable>): Known<Examinable> {
  if ("unknown" in source || !source.value.diagnose) return source;
  const { value } = source;
  let looking: ReturnType<NonNullable<Examinable["diagnose"]>> | undefined;
  return known({ name: value.name, diagnose: (signal) => looking ??= value.diagnose!(signal) });
}

/** Several sources are looked at as if they were one. */
function trySources(config: AgentConfig, trying: Trying): Known<Examinable> {
  const sources = config.source.map((name) => trySource(name, config, trying));
  const [only] = sources;
  if (sources.length === 1 && only) return only;
  return known({
    name: config.source.join(", "),
    diagnose: async (signal) => {
      const found = sources.map((source) =>
        "unknown" in source ? [] : source.value.diagnose?.(signal) ?? []
      );
      return (await Promise.all(found)).flat();
    },
  });
}

/** A source. If it cannot be made and the user asked for it, its only finding is the reason. */
function trySource(
  name: string,
  config: AgentConfig,
  { plugins, isAskedFor }: Trying,
): Known<Examinable> {
  try {
    return known(createSource(name, config, { plugins }));
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    const { message } = error;
    if (!isAskedFor) return unknown(message);
    const found = { check: "source", ...problem(message, "give it what it needs") };
    return known({ name, diagnose: () => Promise.resolve([found]) });
  }
}

function count(findings: readonly Finding[], level: Finding["level"]): number {
  return findings.filter((finding) => finding.level === level).length;
}

const totals = (findings: readonly Finding[]) => ({
  problems: count(findings, "problem"),
  warnings: count(findings, "warning"),
});

function toJson({ node, bridge }: AgentConfig, findings: readonly Finding[]): object {
  const several = bridge.length > 1 ? { bridges: bridge } : {};
  return { node, bridge: bridge.join(), ...several, ...totals(findings), findings };
}

function toText({ node, bridge }: AgentConfig, findings: readonly Finding[]): string {
  const level = Math.max(...findings.map((finding) => finding.level.length));
  const check = Math.max(...findings.map((finding) => finding.check.length));
  const lines = findings.flatMap((finding) => {
    const head = `${finding.level.padEnd(level)}   ${finding.check.padEnd(check)}   `;
    const cure = finding.cure === undefined
      ? []
      : [`${" ".repeat(head.length)}cure: ${finding.cure}`];
    return [head + finding.message, ...cure];
  });
  const { problems, warnings } = totals(findings);
  const where = `${bridge.length > 1 ? "bridges" : "bridge"} ${bridge.join(", ")}`;
  const title = node === undefined ? where.replace("bridge", "Bridge") : `Node ${node}, ${where}`;
  return [title, "", ...lines, "", `Problems: ${problems}, warnings: ${warnings}`].join("\n");
}
