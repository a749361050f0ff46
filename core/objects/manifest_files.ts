/** Which files of a folder are manifests, and their text. @module */
import { join } from "node:path";
import { LARGEST_FILE, type ManifestProblem, TOO_LARGE } from "./manifest.ts";

const MANIFEST = /\.(yaml|yml|json)$/;
/** Kubernetes keeps a mounted ConfigMap's real files in `..data` and links to them: read once. */
const HIDDEN = /^\./;
/** Deeper than any folder of people's: what is beyond is a loop of links. */
const DEEPEST = 32;

/** Manifests under a path. */
export interface ManifestFiles {
  /** In the order of their names. */
  readonly files: readonly string[];
  /** Files and folders that cannot be looked at. */
  readonly problems: readonly ManifestProblem[];
  /** Named pipes, whatever their names: see `_pipes.ts` of the files source. */
  readonly pipes: readonly string[];
}

interface Collected {
  readonly files: string[];
  readonly problems: ManifestProblem[];
  readonly pipes: string[];
}

/** The text of a file, or what is wrong with it: larger ones are not even read. */
export type ManifestText = { readonly text: string } | { readonly message: string };

/** Reads a file, unless it is too large. Never throws. */
export async function readManifest(file: string): Promise<ManifestText> {
  try {
    if ((await Deno.stat(file)).size > LARGEST_FILE) return { message: TOO_LARGE };
    return { text: await Deno.readTextFile(file) };
  } catch (error) {
    return { message: messageOf(error) };
  }
}

/** Deno names the file in the end, which the problem does already; and flags of its own, which we do not have. */
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
 * Finds manifests; links are followed, loops of them are not. Never throws.
 *
 * @param path A file, whatever its name, or a folder, with all that is under it.
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
    if (seen.has(real) || depth > DEEPEST) return found;
    seen.add(real);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    for (const name of names) {
      const path = join(folder, name);
      if (HIDDEN.test(name)) found.pipes.push(...await pipesIn(path, depth));
      else await visit(path, { found, seen, depth });
    }
  } catch (error) {
    found.problems.push(problem(folder, messageOf(error)));
  }
  return found;
}

/** What is hidden holds no manifests, but is watched like all that is in the folder. */
async function pipesIn(path: string, depth: number): Promise<readonly string[]> {
  try {
    const { isDirectory, isFifo } = await Deno.stat(path);
    if (isFifo) return [path];
    return isDirectory ? (await filesUnder(path, new Set(), depth + 1)).pipes : [];
  } catch {
    return []; // it is gone
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
      if (!MANIFEST.test(path)) return;
      if (isFile) found.files.push(path);
      else found.problems.push(problem(path, "is neither a file nor a folder"));
      return;
    }
    const inside = await filesUnder(path, seen, depth + 1);
    found.files.push(...inside.files);
    found.problems.push(...inside.problems);
    found.pipes.push(...inside.pipes);
  } catch (error) {
    if (MANIFEST.test(path)) found.problems.push(problem(path, messageOf(error)));
  }
}
