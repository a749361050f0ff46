/** Finds the plugin files of a folder. @module */
import { basename, join, resolve } from "node:path";
import { TerminalError } from "../base/errors.ts";

/**
 * The names of plugin files. Not among them: tests, type declarations, and names that begin with `_` or `.`, such as
 * `_lib.ts`, which hold code that plugins import.
 */
const PLUGIN = /^(?![._]).*(?<!_test|\.d)\.(ts|js)$/;

/** Whether a file is a plugin, judged by its name alone. */
export function isPlugin(file: string): boolean {
  return PLUGIN.test(basename(file));
}

/**
 * Plugin files directly in the folder, sorted by name, as absolute paths.
 *
 * @throws {TerminalError} If the folder cannot be read.
 */
export async function pluginFiles(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory && isPlugin(name)) names.push(name);
    }
    return names.sort().map((name) => join(resolve(folder), name));
  } catch (cause) {
    const { message } = cause as Error;
    throw new TerminalError(`Cannot read plugin folder "${folder}": ${message}`, { cause });
  }
}
