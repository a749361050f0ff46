/** A lab whose agent has plugin files, which a test changes. @module */
import { join } from "node:path";
import type { State } from "../../core/report/state.ts";
import { app, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";

/** A target whose ports have a prefix, from a file that it imports. */
export const WIRE = `
import { prefix } from "./lib/prefix.ts";
export const version = "1.0.0";
export default (api) => api.defineTarget({
  kind: "wire",
  docs: "Delivers packets to an internal port.",
  lifetime: "named",
  schema: api.Type.Object({
    name: api.Type.String({ pattern: "^[a-z0-9]{1,8}$", description: "Name." }),
  }),
  example: { name: "w0" },
  port({ name }) {
    if (name === "fails") throw new RangeError("no such wire");
    if (name === "late") setTimeout(() => { throw new Error("much later"); });
    if (name === "later") Promise.reject(new Error("still later"));
    return { name: prefix + name, type: name === "odd" ? 7 : "internal", options: {}, identity: name };
  },
});`;
export const prefixIs = (prefix: string) => `export const prefix: string = "${prefix}";`;

export class PluginLab implements AsyncDisposable {
  private constructor(readonly lab: Lab, readonly folder: string) {}

  static async start(files: Readonly<Record<string, string>>, count = 2): Promise<PluginLab> {
    const folder = await Deno.makeTempDir({ prefix: "slplugin" });
    await Deno.mkdir(join(folder, "lib"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    return new PluginLab(await Lab.start(count, { args: ["--plugins", folder] }), folder);
  }

  /** The files change, then SIGHUP. */
  async change(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      if (text === undefined) await Deno.remove(join(this.folder, name));
      else await Deno.writeTextFile(join(this.folder, name), text);
    }
    await this.lab.agent.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

export const mirrorTo = (name: string, wire: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: { wire: { name: wire } },
  });
export const control = ({ trafficControls }: State, name: string) =>
  trafficControls.find((each) => each.name === name);
export const pluginStates = ({ plugins }: State) =>
  plugins.map(({ file, state }) => `${file.split("/").at(-1)} ${state}`);
