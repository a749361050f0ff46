/** The npm packages of which something is in the program that scripts/build makes. @module */
import { join } from "node:path";
import lockText from "../deno.lock" with { type: "text" };

const ROOT = join(import.meta.dirname!, "..");
/** `npm/<registry>/<name>/<version>/`, in Deno's cache. */
const IN_CACHE = /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\/)/;
/** SPDX asks for licences under any of these names, and so do those who want a notice kept. */
const LEGAL = /^(licen[sc]e|unlicense|copying|notice)/i;

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says, SPDX. */
  readonly license: string;
  /** Its licence and notice files. */
  readonly text: string;
  /** SHA-512 of the package as the registry has it, base 64: deno.lock. */
  readonly sha512: string;
}

/** By what the bundler says each line of the program comes from, so that what is not in it is not listed. */
export async function bundledPackages(): Promise<BundledPackage[]> {
  const folder = await Deno.makeTempDir();
  try {
    const options = [
      "--platform",
      "deno",
      "--minify",
      "--code-splitting",
      "--sourcemap",
      "external",
    ];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", ...options, "--outdir", folder, join(ROOT, "main.ts")],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(`Cannot bundle "main.ts": ${new TextDecoder().decode(stderr)}`);
    const sources = (await Promise.all((await maps(folder)).map(sourcesOf))).flat();
    const folders = sources.flatMap((path) => IN_CACHE.exec(join(folder, path))?.[1] ?? []);
    return await Promise.all([...new Set(folders)].sort().map(describe));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function maps(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => name.endsWith(".map")).map((name) => join(folder, name));
}

async function sourcesOf(map: string): Promise<string[]> {
  return JSON.parse(await Deno.readTextFile(map)).sources;
}

async function describe(folder: string): Promise<BundledPackage> {
  const [, , name, version] = IN_CACHE.exec(folder)! as unknown as [string, string, string, string];
  const { license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
  const files = (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name))
    .filter((file) => LEGAL.test(file)).sort();
  if (typeof license !== "string" || files.length === 0) {
    throw new Error(`Cannot tell the licence of package "${name}@${version}": it has none`);
  }
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(join(folder, file))));
  return { name, version, license, text: texts.join("\n"), sha512: integrity(name, version) };
}

/** Keys of deno.lock say with which peers, too: `name@version_peer@version`. */
function integrity(name: string, version: string): string {
  const key = `${name}@${version}`;
  const locked: Readonly<Record<string, { integrity: string }>> = JSON.parse(lockText).npm;
  const found = Object.entries(locked)
    .find(([each]) => each === key || each.startsWith(`${key}_`));
  const [, sha512] = /^sha512-(.*)$/.exec(found?.[1].integrity ?? "") ?? [];
  if (sha512 === undefined) throw new Error(`Cannot find package "${key}": not in deno.lock`);
  return sha512;
}
