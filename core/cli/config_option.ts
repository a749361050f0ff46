/** `--config`: the settings of the agent from its file, for each command that can use some of them. @module */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseConfigFile } from "../agent/config_file.ts";
import { TerminalError } from "../base/errors.ts";
import type { bridgeOptions } from "./options.ts";
import { settingOption } from "./setting_option.ts";

type ConfigurableCommand = ReturnType<typeof bridgeOptions>;

/** Settings that name sources. */
const SOURCE_SETTINGS = ["source", "trustAnnotations"] as const;
export type SourceSetting = typeof SOURCE_SETTINGS[number];

export const configOption = () =>
  settingOption("config", "--config <file>", "settings in a file; flags and environment win");

/**
 * Sets each option from the configuration file, unless a flag or the environment sets it.
 *
 * @returns The keys of the file that Sluice does not know.
 * @throws {TerminalError} If the file cannot be read, or has a key or a value that cannot be used.
 */
export async function readConfigFile(command: ConfigurableCommand): Promise<readonly string[]> {
  const { config: file } = command.opts() as { config?: string };
  if (!file) return [];
  const { options, unknown } = parseConfigFile(file, await readText(file));
  for (const [name, value] of Object.entries(options)) {
    const source = command.getOptionValueSource(name as never);
    if (source === "cli" || source === "env") continue;
    requireKnownSources(command, name, { file, value });
    command.setOptionValueWithSource(name as never, value as never, "config");
  }
  return unknown;
}

/** @throws {TerminalError} If the setting names sources, and there is none of a name. */
function requireKnownSources(
  command: ConfigurableCommand,
  name: string,
  { file, value }: { readonly file: string; readonly value: unknown },
): void {
  if (!SOURCE_SETTINGS.some((setting) => setting === name)) return;
  const option = command.options.find((each) => each.attributeName() === name);
  if (!option) return; // a command that reads no source
  try {
    option.parseArg!(String(value), undefined as never);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new TerminalError(`Cannot use config file "${file}": ${name}: ${cause.message}`, {
      cause,
    });
  }
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
