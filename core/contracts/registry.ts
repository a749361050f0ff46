/** Registries: plugins, found by the names that objects and flags use for them. @module */
import type {
  Action,
  Option,
  PipelineType,
  Resolver,
  SourceType,
  Target,
  TargetKind,
} from "./mod.ts";
import { TerminalError } from "../base/errors.ts";

/** All plugins in use, by their names. */
export interface Plugins extends Registries {
  readonly resolvers: ReadonlyMap<string, Resolver>;
  readonly pipelines: ReadonlyMap<string, PipelineType>;
  readonly sources: ReadonlyMap<string, SourceType>;
}

/** Two plugins of one kind have the same name. */
export class DuplicatePluginError extends TerminalError {
  override readonly name = "DuplicatePluginError";

  /**
   * @param kind The kind of plugin, e.g. `target`.
   * @param plugin The name of both plugins.
   */
  constructor(readonly kind: string, readonly plugin: string) {
    super(`Cannot register ${kind} "${plugin}": the name is taken`);
  }
}

/**
 * A map of plugins by their names, in the order of the list.
 *
 * @throws {DuplicatePluginError} If two plugins have the same name.
 */
export function index<T>(
  kind: string,
  plugins: readonly T[],
  nameOf: (plugin: T) => string,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const plugin of plugins) {
    const name = nameOf(plugin);
    if (map.has(name)) throw new DuplicatePluginError(kind, name);
    map.set(name, plugin);
  }
  return map;
}

/** The plugins that objects name. */
export interface Registries {
  readonly targets: ReadonlyMap<TargetKind, Target>;
  readonly actions: ReadonlyMap<string, Action>;
  /** By their fields of `spec`. */
  readonly options: ReadonlyMap<string, Option>;
}
