/** Loads the plugins of files in addition to the built-in ones, and can load them again. @module */
import type { Plugins } from "../contracts/registry.ts";
import { annotationOf } from "../objects/forms.ts";
import { sameAnnotation } from "../objects/options.ts";
import type { TypedPlugin } from "./contracts.ts";
import { Isolate } from "./isolate.ts";
import type { About, Refused } from "./isolate_messages.ts";
import { isolatedPlugin } from "./isolated_plugin.ts";
import { RelayThread } from "./relay_thread.ts";

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
  readonly about: About;
  /** Ends its process. */
  end(): void;
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
  /** The command line of a process in which a file runs, behind which `TOKEN FILE` is added. */
  readonly command: readonly string[];
  /** Gets what a plugin does wrong when nobody waits for it, and why its process was ended. */
  readonly onFault?: (file: string, message: string) => void;
  /** Is called when a plugin is called again for what it was not called for a while: all is to be judged again. */
  readonly onRested?: () => void;
}

/** Disposing of it ends all processes. */
export class PluginLoader implements Disposable {
  readonly #options: LoaderOptions;
  #loaded: ReadonlyMap<string, Loaded> = new Map();
  /** All whose processes have not been ended. */
  readonly #running = new Set<Loaded>();
  /** Starts when the first file is loaded. */
  readonly #relay = new RelayThread();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads the files as they are now. If a file is refused that was loaded before, its earlier plugin stays in use.
   *
   * @throws {SluiceError} If the files cannot be found.
   */
  async load(): Promise<LoadedPlugins> {
    const files = await this.#options.findFiles();
    const all = await this.#loadAll(files);
    const registry = new FileRegistry(this.#options.builtIn);
    const shown: PluginFile[] = [];
    for (const [index, file] of files.entries()) {
      const found = all[index]!;
      const refusal = "problems" in found ? found.problems : registry.add(file, found);
      if (!("problems" in found) && refusal.length > 0) this.#end(found);
      const before = this.#loaded.get(file);
      const isKept = refusal.length > 0 && before !== undefined &&
        registry.add(file, before).length === 0;
      const state = refusal.length === 0 ? "loaded" : isKept ? "kept" : "refused";
      const about = registry.get(file)?.about ?? aboutOf(found);
      shown.push({ file, ...about, state, problems: refusal });
    }
    this.#loaded = registry;
    return { plugins: registry.plugins(), files: shown };
  }

  /** Loads as many files at once as there are processors, as each has little time. */
  async #loadAll(files: readonly string[]): Promise<(Loaded | Refused)[]> {
    const found: (Loaded | Refused)[] = [];
    const waiting = files.entries();
    const loadSome = async () => {
      for (const [index, file] of waiting) found[index] = await this.#load(file);
    };
    await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, loadSome));
    return found;
  }

  async #load(file: string): Promise<Loaded | Refused> {
    const { onFault = () => {}, onRested, command } = this.#options;
    const options = { file, command, onFault, ...(onRested && { onRested }) };
    const found = await Isolate.load(options, this.#relay);
    if ("problems" in found) return found;
    const { isolate, plugin } = found;
    const loaded = {
      typed: isolatedPlugin(plugin, isolate),
      about: aboutOf(plugin) as About,
      end: () => isolate.end(),
    };
    this.#running.add(loaded);
    return loaded;
  }

  /** Ends the processes of plugins that have been replaced. @param used Plugins that may still be called. */
  endAllBut(used: ReadonlySet<unknown>): void {
    const unused = [...this.#running].filter(({ typed }) => !used.has(typed.plugin));
    for (const loaded of unused) this.#end(loaded);
  }

  #end(loaded: Loaded): void {
    this.#running.delete(loaded);
    loaded.end();
  }

  [Symbol.dispose](): void {
    this.endAllBut(new Set());
    this.#relay[Symbol.dispose]();
  }
}

function aboutOf(found: Partial<About> | Loaded): Partial<About> {
  const { type, name, version } = "about" in found ? found.about : found;
  return {
    ...(type !== undefined && { type }),
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
  };
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
    const twin = type === "option" && sameAnnotation(name, this.plugins().options.keys());
    if (twin) {
      const annotation = annotationOf(name);
      return [`option "${name}" has the same annotation as option "${twin}": "${annotation}"`];
    }
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
