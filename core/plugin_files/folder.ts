/** Finds the plugin files of a folder, and gives each a URL that the module loader has not seen. @module */
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
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

/** Characters that mean the same in a URL as themselves and as %XX: RFC 3986 section 2.3. */
const UNRESERVED = /[A-Za-z0-9_-]/;

/**
 * The file's URL, spelled in a way of its own for each generation. Deno loads a module once for each spelling of its
 * URL. Modules that the file imports by relative paths inherit the spelling of its folder. So a new generation loads the
 * file and its imports again, and no file has to be copied.
 *
 * @param generation Counted from 0, which has the usual spelling.
 * @throws {TerminalError} If the folder's path is too short for so many spellings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(moduleURL("/etc/a.ts", 0), "file:///etc/a.ts");
 * assert.equal(moduleURL("/etc/a.ts", 1), "file:///%65tc/a.ts");
 * assert.equal(moduleURL("/etc/a.ts", 3), "file:///%65%74c/a.ts");
 * ```
 */
export function moduleURL(file: string, generation: number): string {
  const { pathname } = pathToFileURL(file);
  const folder = pathname.slice(0, pathname.lastIndexOf("/"));
  let rest = generation;
  const spelled = folder.replaceAll(/%..|./g, (character) => {
    if (!UNRESERVED.test(character) || character.length > 1) return character;
    const isEscaped = rest % 2 === 1;
    rest = Math.floor(rest / 2);
    return isEscaped ? `%${character.charCodeAt(0).toString(16)}` : character;
  });
  if (rest === 0) return `file://${spelled}${pathname.slice(folder.length)}`;
  throw new TerminalError(
    `Cannot load plugin "${file}" again: its path is too short for ${generation} reloads, restart`,
  );
}
