/** Folders of plugin files, right and wrong, and what `sluice plugin list` says of them. @module */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { sluice } from "../lab/agent.ts";

export class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async of(files: Readonly<Record<string, string>>): Promise<Folder> {
    const path = await Deno.makeTempDir({ prefix: "slplugin" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(path, name)), { recursive: true });
      await Deno.writeTextFile(join(path, name), text);
    }
    return new Folder(path);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A target that is right. @param more Beside or in place of its own fields. */
export const target = (kind: string, more = "") => `
export default (api) => api.defineTarget({
  kind: "${kind}",
  docs: "Delivers packets to an internal port.",
  lifetime: "named",
  schema: api.Type.Object({
    name: api.Type.String({ pattern: "^[a-z0-9]{1,15}$", description: "Name." }),
  }),
  example: { name: "wire0" },
  port: ({ name }) => ({ name, type: "internal", options: {}, identity: name }),
  ${more}
});`;

export interface Listed {
  readonly name?: string;
  readonly version?: string;
  readonly from: string;
  readonly state: string;
  readonly problems: readonly string[];
}
export async function list(folder: string) {
  const { code, stdout, stderr } = await sluice(
    undefined,
    "plugin",
    "list",
    "--plugins",
    folder,
    "-o",
    "json",
  ); // deno-fmt-ignore
  assert.equal(stdout[0], "[", stderr);
  const all: Listed[] = JSON.parse(stdout);
  const files = all.filter(({ from }) => from !== "built-in");
  return { code, files: new Map(files.map((each) => [each.from.slice(folder.length + 1), each])) };
}

/** The same, an action, an option and a resolver. */
export const action = (name: string) => `
export default (api) => api.defineAction({
  name: "${name}",
  docs: "Copies packets.",
  targetPort: "required",
  returnPort: "forbidden",
  treat: ({ target }) => ({ mirrors: [target] }),
});`;
export const option = (field: string) => `
export default (api) => api.defineOption({
  field: "${field}",
  docs: "Names a case.",
  schema: api.Type.String({ pattern: "^[0-9]+$", description: "A number." }),
  example: "4711",
  effect: (value) => ({ copy: { value } }),
});`;
export const resolver = (name: string) => `
export default (api) => api.defineResolver({
  name: "${name}",
  docs: "Finds no port.",
  resolve: () => [],
});`;
