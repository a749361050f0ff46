/** Registries: plugins by the names that objects and flags give them. @module */
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

/** Everything that is pluggable, by name. */
export interface Plugins extends Registries {
  readonly resolvers: ReadonlyMap<string, Resolver>;
  readonly pipelines: ReadonlyMap<string, PipelineType>;
  readonly sources: ReadonlyMap<string, SourceType>;
}

/** Two plugins of one kind claim one name. */
export class DuplicatePluginError extends TerminalError {
  override readonly name = "DuplicatePluginError";

  /**
   * @param kind Of plugin, e.g. `target`.
   * @param plugin The name that both have.
   */
  constructor(readonly kind: string, readonly plugin: string) {
    super(`Cannot register ${kind} "${plugin}": the name is taken`);
  }
}

/**
 * Indexes plugins by name, in their order; nothing can register later.
 *
 * @throws {DuplicatePluginError} If a name is there twice.
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

/** The plugins in use, by the names that objects give them. */
export interface Registries {
  readonly targets: ReadonlyMap<TargetKind, Target>;
  readonly actions: ReadonlyMap<string, Action>;
  /** By the fields of `spec` that they are. */
  readonly options: ReadonlyMap<string, Option>;
}
