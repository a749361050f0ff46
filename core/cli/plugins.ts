/** What the commands are given to work with. @module */
import type { PipelineType, Resolver, SourceType } from "../contracts/mod.ts";
import type { Registries } from "../control.ts";

/** Everything that is pluggable; main.ts gives the built-in ones. */
export interface Plugins extends Registries {
  readonly resolvers: ReadonlyMap<string, Resolver>;
  readonly pipelines: ReadonlyMap<string, PipelineType>;
  readonly sources: ReadonlyMap<string, SourceType>;
}
