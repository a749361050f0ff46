/** Finds the manifests of a folder, and reads them. @module */
import { join } from "node:path";
import { LIMITS } from "../base/limits.ts";
import { type ManifestProblem, TOO_LARGE } from "./manifest.ts";

const MANIFEST = /\.(yaml|yml|json)$/;
/** Whether a file with this path is a manifest, by its name. */
export const isManifest = (path: string): boolean => MANIFEST.test(path);
/**
 * Hidden names are left out. In a mounted ConfigMap the files are in `..data` and have links beside it: they would be
 * read twice.
 */
const HIDDEN = /^\./;

/** Manifests under a path. */
export interface ManifestFiles {
  /** Paths in the order of their names. */
  readonly files: readonly string[];
  /** One for each file or folder that cannot be read. */
  readonly problems: readonly ManifestProblem[];
  /** Paths of named pipes, whatever their names: see `plugins/sources/_pipes.ts`. */
  readonly pipes: readonly string[];
}

interface Collected {
  readonly files: string[];
  readonly problems: ManifestProblem[];
  readonly pipes: string[];
}

/** The text of a file, or what is wrong with the file. */
export type ManifestText = { readonly text: string } | { readonly message: string };

/** Reads a file, if it has at most `LIMITS.manifestFile` bytes. Never throws. @param info Its size, if it is known. */
export async function readManifest(
  file: string,
  info?: Pick<Deno.FileInfo, "size">,
): Promise<ManifestText> {
  try {
    const { size } = info ?? await Deno.stat(file);
    if (size > LIMITS.manifestFile) return { message: TOO_LARGE };
    return decode(await Deno.readFile(file));
  } catch (error) {
    return { message: messageOf(error) };
  }
}

/** Encodings that begin with a byte order mark: YAML 1.2.2 section 5.2. */
const MARKED = [
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
] as const;

/** The text of UTF-8 or, as programs on Windows write it, of UTF-16. */
function decode(bytes: Uint8Array): ManifestText {
  const marked = MARKED.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  try {
    const decoder = new TextDecoder(marked?.encoding ?? "utf-8", { fatal: true });
    return { text: decoder.decode(bytes) };
  } catch {
    return { message: "is not a text file in UTF-8 or UTF-16" };
  }
}

/**
 * The message of a failed read, without what Deno adds to it: the name of the file, which the problem has already, and
 * advice about permission flags of Deno, which users of Sluice cannot set.
 */
function messageOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "cannot be read: is the kernel's own";
  return `cannot be read: ${(error as Error).message.replace(/: \w+ '[^]*'$/, "")}`;
}

const problem = (file: string, message: string): ManifestProblem => ({
  file,
  line: 1,
  path: "",
  message,
});

/**
 * Finds manifests. It follows links, and visits each folder once, so that a loop of links ends. Never throws.
 *
 * @param path A file, whatever its name, or a folder, which is searched with all its subfolders.
 */
export async function manifestFiles(path: string): Promise<ManifestFiles> {
  try {
    if ((await Deno.stat(path)).isFile) return { files: [path], problems: [], pipes: [] };
  } catch (error) {
    return { files: [], problems: [problem(path, messageOf(error))], pipes: [] };
  }
  return await filesUnder(path, new Set(), 0);
}

async function filesUnder(
  folder: string,
  seen: Set<string>,
  depth: number,
): Promise<ManifestFiles> {
  const found: Collected = { files: [], problems: [], pipes: [] };
  try {
    const real = await Deno.realPath(folder);
    if (seen.has(real) || depth > LIMITS.manifestFolders) return found;
    seen.add(real);
    const entries = await Array.fromAsync(Deno.readDir(folder));
    for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = join(folder, entry.name);
      if (HIDDEN.test(entry.name)) found.pipes.push(...await pipesIn(path, depth));
      else if (!entry.isFile) await visit(path, { found, seen, depth });
      else if (isManifest(path)) found.files.push(path); // most are: the folder itself says that it is no link
    }
  } catch (error) {
    found.problems.push(problem(folder, messageOf(error)));
  }
  return found;
}

/** The named pipes in a hidden path. Its manifests are not read, but a watch of the folder sees its pipes, too. */
async function pipesIn(path: string, depth: number): Promise<readonly string[]> {
  try {
    const { isDirectory, isFifo } = await Deno.stat(path);
    if (isFifo) return [path];
    return isDirectory ? (await filesUnder(path, new Set(), depth + 1)).pipes : [];
  } catch {
    return []; // the path is gone
  }
}

async function visit(
  path: string,
  { found, seen, depth }: {
    found: Collected;
    seen: Set<string>;
    depth: number;
  },
): Promise<void> {
  try {
    const { isFile, isDirectory, isFifo } = await Deno.stat(path);
    if (!isDirectory) {
      if (isFifo) found.pipes.push(path);
      if (!isManifest(path)) return;
      if (isFile) found.files.push(path);
      else found.problems.push(problem(path, "is neither a file nor a folder"));
      return;
    }
    const inside = await filesUnder(path, seen, depth + 1);
    found.files.push(...inside.files);
    found.problems.push(...inside.problems);
    found.pipes.push(...inside.pipes);
  } catch (error) {
    if (isManifest(path)) found.problems.push(problem(path, messageOf(error)));
  }
}
