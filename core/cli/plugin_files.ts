/** Plugin files, as every command takes them. @module */
import { Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { BUNDLED } from "../build.ts";
import { TerminalError } from "../base/errors.ts";
import { isPlugin, pluginFiles } from "../plugin_files/folder.ts";
import { type LoadedPlugins, type PluginFile, PluginLoader } from "../plugin_files/loader.ts";
import { trialOf } from "../plugin_files/trial_child.ts";
import type { Plugins } from "../contracts/registry.ts";

export function pluginsOption() {
  return new Option("--plugins <dir>", "folder of plugin files, *.ts and *.js: docs/plugins.md")
    .env("SLUICE_PLUGINS");
}

/** Nothing that lies about where the program is may change what it does; from source it has its configuration there. */
const ISOLATION = BUNDLED ? ["--no-config", "--no-lock", "--no-remote", "--no-npm"] : [];

/** This program, however it was started, with the least that a trial needs. */
function trialCommand(): string[] {
  const program = Deno.build.standalone ? [] : [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    ...ISOLATION,
    "--allow-read",
    "--allow-env",
    Deno.mainModule,
  ];
  return [Deno.execPath(), ...program, "plugin", "trial"];
}

export function loaderOf(builtIn: Plugins, findFiles: () => Promise<readonly string[]>) {
  return new PluginLoader({ builtIn, findFiles, tryFiles: trialOf({ command: trialCommand() }) });
}

/** Without a folder there are the built-in plugins alone. */
export function folderLoader(builtIn: Plugins, folder: string | undefined): PluginLoader {
  return loaderOf(builtIn, () => folder === undefined ? Promise.resolve([]) : pluginFiles(folder));
}

/** Files that are given by name, and those of folders; tests and types are no plugins. */
export function loadFiles(builtIn: Plugins, paths: readonly string[]): Promise<LoadedPlugins> {
  const findFiles = async () => {
    const found = await Promise.all(paths.map(async (path) => {
      const { isDirectory } = await Deno.stat(path).catch(() => ({ isDirectory: false }));
      return isDirectory ? await pluginFiles(path) : isPlugin(path) ? [resolve(path)] : [];
    }));
    return [...new Set(found.flat())];
  };
  return loaderOf(builtIn, findFiles).load();
}

/** `FILE: problem`, for each. */
export function problemLines(files: readonly PluginFile[]): string[] {
  return files.flatMap(({ file, problems }) => problems.map((problem) => `${file}: ${problem}`));
}

/**
 * For commands that run once: with half of the plugins their answer would be wrong.
 *
 * @throws {TerminalError} If a file is refused.
 */
export async function loadAll(builtIn: Plugins, folder: string | undefined): Promise<Plugins> {
  const { plugins, files } = await folderLoader(builtIn, folder).load();
  const problems = problemLines(files);
  if (problems.length === 0) return plugins;
  throw new TerminalError(`Cannot use the plugins in "${folder}":\n${problems.join("\n")}`);
}
