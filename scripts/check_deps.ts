/** Checks the directions of imports: docs/architecture.md, "Dependencies point one way". @module */
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname!, "..");

/** Files that begin with `from` may import, of the project, only what begins with one of `to`. */
interface Rule {
  readonly from: string;
  readonly to: readonly string[];
}

/** The first rule that fits holds. Tests and scripts may import anything. */
export const RULES: readonly Rule[] = [
  {
    from: "core/ovsdb/",
    to: [
      "core/ovsdb/",
      "core/base/errors.ts",
      "core/base/stream.ts",
      "core/base/backoff.ts",
      "core/base/dialing.ts",
    ],
  },
  {
    from: "core/openflow/",
    to: [
      "core/openflow/",
      "core/base/errors.ts",
      "core/base/stream.ts",
      "core/base/backoff.ts",
      "core/base/dialing.ts",
    ],
  },
  { from: "core/cli/plugin_new.ts", to: ["core/", "docs/plugins/sluice.d.ts"] },
  { from: "core/", to: ["core/"] },
  { from: "targets/", to: ["targets/", "core/api.ts"] },
  { from: "plugins/actions/", to: ["plugins/actions/", "core/api.ts"] },
  { from: "plugins/cni/", to: ["plugins/cni/", "core/api.ts"] },
  { from: "plugins/options/", to: ["plugins/options/", "core/api.ts"] },
  { from: "plugins/pipelines/", to: ["plugins/pipelines/", "core/api.ts"] },
  { from: "plugins/sources/", to: ["plugins/sources/", "core/api.ts"] },
  { from: "plugins/mod.ts", to: ["plugins/", "core/api.ts"] },
  { from: "docs/plugins/", to: ["docs/plugins/", "core/api.ts"] },
  { from: "main.ts", to: ["core/", "plugins/mod.ts", "targets/mod.ts"] },
];

export interface Import {
  readonly from: string;
  readonly to: string;
}

const FREE = /(_test\.ts|^test\/|^scripts\/|\/testing\/)/;

/** Imports that no rule allows. */
export function violations(imports: readonly Import[]): Import[] {
  return imports.filter(({ from, to }) => {
    if (FREE.test(from) || /^\.\./.test(to)) return false;
    const rule = RULES.find((each) => from.startsWith(each.from));
    return !rule || !rule.to.some((prefix) => to.startsWith(prefix));
  });
}

async function sources(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-co", "--exclude-standard", "*.ts"],
    cwd: ROOT,
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

async function importsOf(file: string): Promise<Import[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", join(ROOT, file)],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as Graph;
  const own = modules.find(({ specifier }) => specifier === `file://${join(ROOT, file)}`);
  return (own?.dependencies ?? [])
    .flatMap(({ code, type }) => [code?.specifier, type?.specifier])
    .filter((specifier) => specifier?.startsWith("file://"))
    .map((specifier) => ({ from: file, to: relative(ROOT, specifier!.slice("file://".length)) }));
}

if (import.meta.main) {
  const imports: Import[] = [];
  for (const file of await sources()) if (!FREE.test(file)) imports.push(...await importsOf(file));
  const wrong = violations(imports);
  for (const { from, to } of wrong) console.error(`${from} must not import ${to}`);
  console.log(`${imports.length} imports, ${wrong.length} in the wrong direction`);
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
