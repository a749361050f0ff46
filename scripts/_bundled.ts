/** Finds the npm packages whose code is in the program that scripts/build makes. @module */
import { join } from "node:path";
import lockText from "../deno.lock" with { type: "text" };

const ROOT = join(import.meta.dirname!, "..");
/** Matches a package's folder in Deno's cache, `npm/<registry>/<name>/<version>/`. */
const IN_CACHE = /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\/)/;
/** The usual names of files with a licence or a notice. */
const LEGAL = /^(licen[sc]e|unlicense|copying|notice)/i;

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** The SPDX identifier in the package's package.json. */
  readonly license: string;
  /** The text of the package's licence and notice files. */
  readonly text: string;
  /** SHA-512 of the package in the registry, in base 64, from deno.lock. */
  readonly sha512: string;
}

/** What is bundled: the program, and the script of the page in the browser. */
const BUNDLES: readonly (readonly [entry: string, platform: string])[] = [
  ["main.ts", "deno"],
  ["web/main.ts", "browser"],
];

/** The packages from which the bundler took code, by its source maps. A package that is not in the program is not listed. */
export async function bundledPackages(): Promise<BundledPackage[]> {
  const folders = (await Promise.all(BUNDLES.map(packageFolders))).flat();
  return await Promise.all([...new Set(folders)].sort().map(describe));
}

async function packageFolders([entry, platform]: typeof BUNDLES[number]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const options = [
      "--platform",
      platform,
      "--minify",
      "--code-splitting",
      "--sourcemap",
      "external",
    ];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", ...options, "--outdir", folder, join(ROOT, entry)],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(`Cannot bundle "${entry}": ${new TextDecoder().decode(stderr)}`);
    const sources = (await Promise.all((await maps(folder)).map(sourcesOf))).flat();
    return sources.flatMap((path) => IN_CACHE.exec(join(folder, path))?.[1] ?? []);
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

/** The SHA-512 of a package in deno.lock, whose keys may also name peer packages: `name@version_peer@version`. */
function integrity(name: string, version: string): string {
  const key = `${name}@${version}`;
  const locked: Readonly<Record<string, { integrity: string }>> = JSON.parse(lockText).npm;
  const found = Object.entries(locked)
    .find(([each]) => each === key || each.startsWith(`${key}_`));
  const [, sha512] = /^sha512-(.*)$/.exec(found?.[1].integrity ?? "") ?? [];
  if (sha512 === undefined) throw new Error(`Cannot find package "${key}": not in deno.lock`);
  return sha512;
}
