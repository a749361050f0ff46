/** What of npm the program consists of. Each start loads all of it, and each package costs megabytes of memory. */
import assert from "node:assert/strict";
import { MAIN } from "./lab/paths.ts";
import { run } from "./lab/run.ts";

const PACKAGES = [
  "@commander-js/extra-typings",
  "@logtape/logtape",
  "@opentelemetry/api", // of prom-client
  "argparse", // of the command of js-yaml, which is not in the program
  "bintrees", // of prom-client
  "commander",
  "ipaddr.js",
  "js-yaml",
  "prom-client",
  "tdigest", // of prom-client
  "typebox",
  "yaml",
];

interface Info {
  readonly modules: readonly { readonly kind: string; readonly npmPackage: string }[];
  readonly npmPackages: Readonly<
    Record<string, { readonly name: string; readonly dependencies: readonly string[] }>
  >;
}

/** The names of the packages that a program imports, and of those that these need. */
async function packagesOf(program: string): Promise<string[]> {
  const text = await run(Deno.execPath(), ["info", "--json", program]);
  const { modules, npmPackages }: Info = JSON.parse(text);
  const found = new Set<string>();
  const add = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    npmPackages[id]!.dependencies.forEach(add);
  };
  modules.filter(({ kind }) => kind === "npm").forEach(({ npmPackage }) => add(npmPackage));
  return [...new Set([...found].map((id) => npmPackages[id]!.name))].sort();
}

Deno.test("the program has these packages and no others, above all no client of Kubernetes", async () => {
  assert.deepEqual(await packagesOf(MAIN), PACKAGES);
});
