/** Loads the plugins of files beside the built-in ones, as often as it is told. @module */
import type { Plugins } from "../contracts/registry.ts";
import { nameOf, type PluginType, type TypedPlugin } from "./contracts.ts";
import { moduleURL } from "./folder.ts";
import { guard } from "./guard.ts";
import { isProblems, loadModule } from "./module.ts";
import type { TryFiles } from "./trial_child.ts";

/** The result of loading one file. */
export interface PluginFile {
  readonly file: string;
  readonly type?: string;
  readonly name?: string;
  readonly version?: string;
  /** `kept`: the file is refused as it is now, and the plugin that an earlier version of it made stays in use. */
  readonly state: "loaded" | "kept" | "refused";
  /** Why the file is refused, in words for its author; empty if it is loaded. */
  readonly problems: readonly string[];
}

/** A line for each file that is refused, also for those whose earlier version stays in use. */
export function pluginNotes(files: readonly PluginFile[]): string[] {
  return files.filter(({ state }) => state !== "loaded").map(({ file, state, problems }) => {
    const what = state === "kept" ? "refused, an earlier version goes on" : state;
    return `plugin ${file} is ${what}: ${problems[0]}`;
  });
}

interface Loaded {
  readonly typed: TypedPlugin;
  readonly about: { readonly type: PluginType; readonly name: string; readonly version?: string };
}

/** For each type of plugin: the list of `Plugins` that holds it. */
const LISTS = {
  target: "targets",
  action: "actions",
  option: "options",
  resolver: "resolvers",
  pipeline: "pipelines",
} as const;

export interface LoadedPlugins {
  /** The built-in plugins, then those of files in the order of the files. */
  readonly plugins: Plugins;
  readonly files: readonly PluginFile[];
}

export interface LoaderOptions {
  readonly builtIn: Plugins;
  /** Finds the files, as absolute paths. If two files define one name, the first of them has it. */
  readonly findFiles: () => Promise<readonly string[]>;
  readonly tryFiles: TryFiles;
}

export class PluginLoader {
  readonly #options: LoaderOptions;
  #loaded: ReadonlyMap<string, Loaded> = new Map();
  #generation = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads the files as they are now. If a file is refused that was loaded before, its earlier plugin stays in use.
   *
   * @throws {SluiceError} If the files cannot be found or tried.
   */
  async load(): Promise<LoadedPlugins> {
    const files = await this.#options.findFiles();
    const verdicts = await this.#options.tryFiles(files);
    const registry = new FileRegistry(this.#options.builtIn);
    const shown: PluginFile[] = [];
    for (const { file, problems, ...verdict } of verdicts) {
      const found = problems.length > 0 ? problems : await this.#import(file);
      const refusal = isProblems(found) ? found : registry.add(file, found);
      const before = this.#loaded.get(file);
      const isKept = refusal.length > 0 && before !== undefined &&
        registry.add(file, before).length === 0;
      const state = refusal.length === 0 ? "loaded" : isKept ? "kept" : "refused";
      shown.push({ file, ...verdict, ...registry.get(file)?.about, state, problems: refusal });
    }
    this.#generation++;
    this.#loaded = registry;
    return { plugins: registry.plugins(), files: shown };
  }

  async #import(file: string): Promise<Loaded | readonly string[]> {
    const found = await loadModule(moduleURL(file, this.#generation));
    if (isProblems(found)) return found;
    const { typed, version } = found;
    const about = {
      type: typed.type,
      name: nameOf(typed),
      ...(version !== undefined && { version }),
    };
    return { typed: guard(typed, file), about };
  }
}

/** The plugins by file. No two of them have one name, and none has the name of a built-in plugin of its type. */
class FileRegistry extends Map<string, Loaded> {
  readonly #builtIn: Plugins;

  constructor(builtIn: Plugins) {
    super();
    this.#builtIn = builtIn;
  }

  /** @returns Why the plugin is not added; an empty list if it is added. */
  add(file: string, loaded: Loaded): string[] {
    const { type, name } = loaded.about;
    const other = this.#builtIn[LISTS[type]].has(name)
      ? "it is built in"
      : [...this].filter(([, { about }]) => about.type === type && about.name === name)
        .map(([file]) => `it is in ${file}`)[0];
    if (other !== undefined) return [`${type} "${name}" is there already: ${other}`];
    this.set(file, loaded);
    return [];
  }

  plugins(): Plugins {
    const all = { ...this.#builtIn };
    for (const { typed, about: { type, name } } of this.values()) {
      const list = new Map<string, TypedPlugin["plugin"]>(all[LISTS[type]]);
      Object.assign(all, { [LISTS[type]]: list.set(name, typed.plugin) });
    }
    return all;
  }
}
