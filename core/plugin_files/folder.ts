/** Which files of a folder are plugins, and under which URL each is new to the module loader. @module */
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TerminalError } from "../base/errors.ts";

/** `_lib.ts` and folders hold what plugins import; tests and types stay where they are. */
const PLUGIN = /^(?![._]).*(?<!_test|\.d)\.(ts|js)$/;

/** By its name. */
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

/** What a URL may hold as itself or as %XX, which mean the same: RFC 3986 section 2.3. */
const UNRESERVED = /[A-Za-z0-9_-]/;

/**
 * The file's URL in one of its spellings. A module is loaded once for each URL, and what it imports by relative paths
 * has the spelling of its folder: so a new generation loads all of it again, and nothing has to be written anywhere.
 *
 * @param generation Counted from 0, which is the usual spelling.
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
