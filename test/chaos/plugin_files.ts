/** The plugin files of the agents: a target and a resolver, right or wrong. @module */
import { join } from "node:path";
import type { PrivateOvs } from "../lab/ovs.ts";
import { resolver, target } from "../plugins/folder.ts";

/** The names in TrafficControls for which the target goes wrong. The conformance suite uses another one. */
export const WIRES = ["w0", "w1"] as const;
/** The Pod for which the resolver goes wrong. */
const POD = "p2";
/** Versions of the target differ by what they put before a port's name. */
export const PREFIXES = ["a", "b"] as const;

export interface PluginFiles {
  readonly prefix: string;
  /** What is wrong: statements of a function, or the text of the file of the target. */
  readonly broken?: Broken | undefined;
}
export type Broken = { readonly in: "target" | "resolver"; readonly by: string } | {
  readonly file: string;
};

/** The texts by the names of the files. */
function textsOf({ prefix, broken }: PluginFiles): ReadonlyMap<string, string> {
  const by = (where: "target" | "resolver") =>
    broken && "in" in broken && broken.in === where ? broken.by : "";
  const port = `port: ({ name }) => {
    if (/^w[0-9]$/.test(name)) { ${by("target")} }
    return { name: "${prefix}" + name, type: "internal", options: {}, identity: name };
  },`;
  const resolve = `resolve: ({ name }) => {
    if (name === "${POD}") { ${by("resolver")} }
    return [];`;
  const texts = new Map([
    ["wire.ts", target("wire", port)],
    ["finder.ts", resolver("finder").replace("resolve: () => [],", `${resolve}\n},`)],
  ]);
  if (broken && "file" in broken) texts.set("wire.ts", broken.file);
  return texts;
}

const folderOf = ({ dir }: PrivateOvs) => join(dir, "plugins");
/** The options of a command that uses the files. */
export const pluginsOption = (ovs: PrivateOvs) => ["--plugins", folderOf(ovs)];

export async function writePlugins(ovs: PrivateOvs, files: PluginFiles): Promise<void> {
  await Deno.mkdir(folderOf(ovs), { recursive: true });
  for (const [name, text] of textsOf(files)) {
    await Deno.writeTextFile(join(folderOf(ovs), name), text);
  }
}
