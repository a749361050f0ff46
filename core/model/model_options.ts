/** What a model is made with. @module */
import type { UsedPipeline } from "./flows/used_pipeline.ts";
import type { Selection } from "./pods/selection.ts";
import type { TreatedPodsOptions } from "./pods/treated_pods.ts";
import type { NodeSurroundings } from "./ports/surroundings.ts";
import type { Clock } from "./refusals/schedule.ts";

export interface ModelOptions
  extends Pick<TreatedPodsOptions, "resolvers" | "marking" | "memory" | "where" | "onMoved"> {
  readonly pipeline: UsedPipeline;
  /** Name of this node: Pods with another `nodeName` are left out. If it is absent, no Pod is left out. */
  readonly node?: string;
  readonly surroundings: NodeSurroundings;
  /** If it is absent, every Pod of the node is selected, wherever its ports are. */
  readonly selection?: Selection;
  /** By which TrafficControls begin and end; if it is absent, that of the machine. */
  readonly clock?: Clock;
}
