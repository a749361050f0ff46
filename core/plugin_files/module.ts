/** A plugin's file as a module: imported, called, and held to its shape. @module */
import { api, type PluginApi } from "../api.ts";
import { shapeProblems, thrown } from "../conformance/mod.ts";
import { describe } from "../objects/validate.ts";
import { withTodaysTreatments } from "./earlier_treatment.ts";
import { CONTRACTS, type PluginType, type TypedPlugin } from "./contracts.ts";

/** What a file exports, besides its plugin. */
interface Exports {
  readonly default?: unknown;
  /** Of the plugin, in its author's counting. */
  readonly version?: unknown;
  /** Of the contract that it was written for; this one when absent. */
  readonly apiVersion?: unknown;
}

export interface LoadedModule {
  readonly typed: TypedPlugin;
  readonly version?: string;
}

export const isProblems = (found: LoadedModule | readonly string[]): found is readonly string[] =>
  Array.isArray(found);

/**
 * Imports the module and has it make its plugin.
 *
 * @returns The plugin, or what is wrong, in words for its author.
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

/** What Deno says of imports that it would have to fetch. */
const FOREIGN =
  /lockfile|not found in cache|--cached-only|--no-remote|--no-npm|(net|import) access to/;
const NO_PACKAGES = "packages and URLs are not there, only relative paths and node: modules: ";

/** Of an error that names the place in the file, as those of the compiler do. */
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
  "export default (api) => api.defineTarget({ ... }), or defineAction, defineOption or defineResolver";

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

function makeWith(make: (api: PluginApi) => unknown): LoadedModule | readonly string[] {
  const types = new Map<unknown, PluginType>();
  const noting = (type: PluginType) => <P>(plugin: P): P => {
    types.set(plugin, type);
    return plugin;
  };
  const noticing = {
    ...api,
    defineTarget: noting("target"),
    defineAction: noting("action"),
    defineOption: noting("option"),
    defineResolver: noting("resolver"),
  } as PluginApi;
  let plugin: unknown;
  try {
    plugin = make(noticing);
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
