/** What a model is made with. @module */
import type { Resolver } from "../contracts/mod.ts";
import type { UsedPipeline } from "./flows/used_pipeline.ts";
import type { NodeSurroundings } from "./ports/surroundings.ts";

export interface ModelOptions {
  readonly resolvers: readonly Resolver[];
  readonly pipeline: UsedPipeline;
  /** Name of this node: Pods with another `nodeName` are left out. If it is absent, no Pod is left out. */
  readonly node?: string;
  readonly surroundings: NodeSurroundings;
}
