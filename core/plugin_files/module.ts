/** Imports a plugin file as a module, calls its default export, and checks the shape of the plugin. @module */
import { api, type PluginApi } from "../api.ts";
import { shapeProblems, thrown } from "../conformance/mod.ts";
import { describe } from "../objects/validate.ts";
import { withTodaysTreatments } from "./earlier_treatment.ts";
import { CONTRACTS, type PluginType, type TypedPlugin } from "./contracts.ts";

/** The exports of a plugin file that Sluice reads. */
interface Exports {
  /** The function that makes the plugin. */
  readonly default?: unknown;
  /** Version of the plugin, as its author counts. */
  readonly version?: unknown;
  /** Version of the plugin API that the file was written for. If it is absent, this version is meant. */
  readonly apiVersion?: unknown;
}

export interface LoadedModule {
  readonly typed: TypedPlugin;
  readonly version?: string;
}

export const isProblems = (found: LoadedModule | readonly string[]): found is readonly string[] =>
  Array.isArray(found);

/**
 * Imports the module and lets it make its plugin.
 *
 * @returns The plugin, or what is wrong with it, in words for its author.
 */
export async function loadModule(url: string): Promise<LoadedModule | readonly string[]> {
  try {
    return definedBy(await import(url));
  } catch (error) {
    return [
      `cannot be imported: ${FOREIGN.test(String(error)) ? NO_PACKAGES : ""}${message(error)}`,
    ];
  }
}

/** What Deno's errors contain when a file imports something that would have to be fetched. */
const FOREIGN =
  /lockfile|not found in cache|--cached-only|--no-remote|--no-npm|(net|import) access to/;
const NO_PACKAGES = "packages and URLs are not there, only relative paths and node: modules: ";

/** An error as text. If its message does not name the place in the file, the place is added. */
function message(error: unknown): string {
  const text = thrown(error).replace(/^TypeError: (?=\w*Error: )/, "");
  const at = error instanceof Error && !text.includes("file:///")
    ? /\((file:.*?)\)|at (file:.*)/.exec(error.stack ?? "")
    : undefined;
  return at ? `${text} (${at[1] ?? at[2]})` : text;
}

/** Files of one version of the API may have forms that the core does not know any more. */
function inTodaysForm(typed: TypedPlugin): TypedPlugin {
  return typed.type === "action" ? { ...typed, plugin: withTodaysTreatments(typed.plugin) } : typed;
}

const DEFINERS =
  "export default (api) => api.defineTarget({ ... }), or defineAction, defineOption, defineResolver or definePipeline";

function definedBy(exports: Exports): LoadedModule | readonly string[] {
  const { default: make, version, apiVersion = api.version } = exports;
  if (apiVersion !== api.version) {
    return [`is for version ${describe(apiVersion)} of the plugin API: this is ${api.version}`];
  }
  if (version !== undefined && typeof version !== "string") {
    return [`version: must be a string: is ${describe(version)}`];
  }
  if (typeof make !== "function") return [`must have the form: ${DEFINERS}`];
  const made = makeWith(make as (api: PluginApi) => unknown);
  if (isProblems(made)) return made;
  return { ...made, ...(version !== undefined && { version }) };
}

/** Calls the default export with an API that notes by which of its functions the plugin was defined. */
function makeWith(make: (api: PluginApi) => unknown): LoadedModule | readonly string[] {
  const types = new Map<unknown, PluginType>();
  const noting = (type: PluginType) => <P>(plugin: P): P => {
    types.set(plugin, type);
    return plugin;
  };
  const notingApi = {
    ...api,
    defineTarget: noting("target"),
    defineAction: noting("action"),
    defineOption: noting("option"),
    defineResolver: noting("resolver"),
    definePipeline: noting("pipeline"),
  } as PluginApi;
  let plugin: unknown;
  try {
    plugin = make(notingApi);
  } catch (error) {
    return [`its default export throws ${message(error)}`];
  }
  if (plugin instanceof Promise) {
    plugin.catch(() => {});
    return ["its default export must not be async"];
  }
  const type = types.get(plugin);
  if (!type) return [`must return what one of the api's functions gave: ${DEFINERS}`];
  const problems = shapeProblems(plugin, CONTRACTS[type].shape);
  return problems.length > 0 ? problems : { typed: inTodaysForm({ type, plugin } as TypedPlugin) };
}
