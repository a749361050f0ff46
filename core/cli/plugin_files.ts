/** How every command finds, tries and loads plugin files. @module */
import { resolve } from "node:path";
import { BUNDLED } from "../build.ts";
import { TerminalError } from "../base/errors.ts";
import { isPlugin, pluginFiles } from "../plugin_files/folder.ts";
import {
  type LoadedPlugins,
  type LoaderOptions,
  type PluginFile,
  PluginLoader,
} from "../plugin_files/loader.ts";
import type { Plugins } from "../contracts/registry.ts";
import { settingOption } from "./setting_option.ts";

export function pluginsOption() {
  return settingOption(
    "plugins",
    "--plugins <dir>",
    "folder of plugin files, *.ts and *.js: docs/plugins.md",
  );
}

/**
 * Flags for the bundled program: no file that happens to lie beside it may change what it does. When it runs from source,
 * it needs the configuration that lies there.
 */
const ISOLATION = BUNDLED ? ["--no-config", "--no-lock", "--no-remote", "--no-npm"] : [];

/** The command line that starts this program again to run plugin files, with only the permissions that they may have. */
function processCommand(): string[] {
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
  return [Deno.execPath(), ...program, "plugin", "serve"];
}

type Listeners = Pick<LoaderOptions, "onFault" | "onRested">;

export function loaderOf(
  builtIn: Plugins,
  findFiles: () => Promise<readonly string[]>,
  listeners: Listeners = {},
) {
  return new PluginLoader({ builtIn, findFiles, command: processCommand(), ...listeners });
}

/** A loader for the files of a folder. Without a folder it gives only the built-in plugins. */
export function folderLoader(
  builtIn: Plugins,
  folder: string | undefined,
  listeners?: Listeners,
): PluginLoader {
  const findFiles = () => folder === undefined ? Promise.resolve([]) : pluginFiles(folder);
  return loaderOf(builtIn, findFiles, listeners);
}

/** Loads the plugin files among the paths, and those in folders among the paths. Tests and type declarations are left out. */
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

/** A line `FILE: problem` for each problem. */
export function problemLines(files: readonly PluginFile[]): string[] {
  return files.flatMap(({ file, problems }) => problems.map((problem) => `${file}: ${problem}`));
}

/**
 * Loads all plugins for a command that runs once. If a file is refused, the command must not answer: without all plugins
 * its answer would be wrong.
 *
 * @throws {TerminalError} If a file is refused.
 */
export async function loadAll(builtIn: Plugins, folder: string | undefined): Promise<Plugins> {
  const { plugins, files } = await folderLoader(builtIn, folder).load();
  const problems = problemLines(files);
  if (problems.length === 0) return plugins;
  throw new TerminalError(`Cannot use the plugins in "${folder}":\n${problems.join("\n")}`);
}
