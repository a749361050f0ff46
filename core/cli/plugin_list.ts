/** Lists all plugins, built-in ones and those of files, as rows of a table. @module */
import type { PluginFile } from "../plugin_files/loader.ts";
import type { Plugins } from "../contracts/registry.ts";
import { formatTable } from "./table.ts";

const BUILT_IN = "built-in";
const NONE = "-";

export interface ListedPlugin {
  readonly type?: string;
  readonly name?: string;
  /** Version of the plugin. A built-in plugin has the version of Sluice. */
  readonly version?: string;
  /** `built-in`, or the plugin's file. */
  readonly from: string;
  readonly state: PluginFile["state"];
  readonly problems: readonly string[];
}

const TYPES = {
  target: "targets",
  action: "actions",
  option: "options",
  resolver: "resolvers",
  pipeline: "pipelines",
  source: "sources",
} as const;

export function listPlugins({ builtIn, version, files }: {
  readonly builtIn: Plugins;
  readonly version: string;
  readonly files: readonly PluginFile[];
}): ListedPlugin[] {
  const known = Object.entries(TYPES).flatMap(([type, list]) =>
    [...builtIn[list].keys()].map((name) =>
      ({ type, name, version, from: BUILT_IN, state: "loaded", problems: [] }) as const
    )
  );
  return [...known, ...files.map(({ file, ...more }) => ({ ...more, from: file }))];
}

export function pluginTable(plugins: readonly ListedPlugin[]): string {
  return formatTable(
    ["TYPE", "NAME", "VERSION", "STATE", "FROM"],
    plugins.map((
      { type = NONE, name = NONE, version = NONE, state, from },
    ) => [type, name, version, state, from]),
  );
}
