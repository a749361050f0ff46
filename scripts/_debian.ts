/** Finds the Debian packages whose files are in the image. @module */

/** The licences of the files that are copied into the image. Debian's copyright files are too long to read them from. */
const LICENCES: Readonly<Record<string, string>> = {
  "libc6": "LGPL-2.1-or-later",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
};

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** An SPDX expression. */
  readonly license: string;
  /** The text of Debian's copyright file. */
  readonly text: string;
  /** Absolute paths of those files of the package that are in the image. */
  readonly files: readonly string[];
}

/** @param files Absolute paths on this system. */
export async function debianPackages(files: readonly string[]): Promise<DebianPackage[]> {
  const owners = await Promise.all(files.map(async (file) => ({ file, name: await owner(file) })));
  const names = [...new Set(owners.map(({ name }) => name))].sort();
  return await Promise.all(
    names.map((name) =>
      describe(name, owners.filter((each) => each.name === name).map(({ file }) => file))
    ),
  );
}

async function owner(file: string): Promise<string> {
  const found = /^([^:]+)(:\w+)?: /.exec(await query("--search", file));
  if (!found) throw new Error(`Cannot tell the package of file "${file}": dpkg knows of none`);
  return found[1]!;
}

async function describe(name: string, files: readonly string[]): Promise<DebianPackage> {
  const license = LICENCES[name];
  if (license === undefined) {
    throw new Error(`Cannot tell the licence of package "${name}": it is new in the image`);
  }
  const shown = await query("--show", "--showformat=${Version} ${Architecture}", name);
  const [version, architecture] = shown.split(" ") as [string, string];
  const text = await Deno.readTextFile(`/usr/share/doc/${name}/copyright`);
  return { name, version, architecture, license, text, files };
}

/** Runs dpkg-query(1). */
async function query(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("dpkg-query", { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout).trim();
}
