/** Plugins from files beside the built-in ones, loaded again on demand. @module */
import type { Plugins } from "../contracts/registry.ts";
import { nameOf, type PluginType, type TypedPlugin } from "./contracts.ts";
import { moduleURL } from "./folder.ts";
import { guard } from "./guard.ts";
import { isProblems, loadModule } from "./module.ts";
import type { TryFiles } from "./trial_child.ts";

/** What became of one file. */
export interface PluginFile {
  readonly file: string;
  readonly type?: string;
  readonly name?: string;
  readonly version?: string;
  /** `kept`: it is refused as it is now, what was loaded of it before goes on. */
  readonly state: "loaded" | "kept" | "refused";
  /** Why it is refused, in words for its author. */
  readonly problems: readonly string[];
}

/** A line for each that is not used as it is. */
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

/** Where each type is kept. */
const LISTS = {
  target: "targets",
  action: "actions",
  option: "options",
  resolver: "resolvers",
} as const;

export interface LoadedPlugins {
  /** The built-in ones first, then those of files, in the order of their names. */
  readonly plugins: Plugins;
  readonly files: readonly PluginFile[];
}

export interface LoaderOptions {
  readonly builtIn: Plugins;
  /** Absolute paths, in the order of the names' rights. */
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
   * Loads the files as they are now. A file that is refused stops nothing: if it was loaded before, that goes on.
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

/** Plugins by file; each name once, those of the built-in ones included. */
class FileRegistry extends Map<string, Loaded> {
  readonly #builtIn: Plugins;

  constructor(builtIn: Plugins) {
    super();
    this.#builtIn = builtIn;
  }

  /** @returns Why it cannot be added; nothing if it is. */
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
