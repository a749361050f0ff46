/** Which parts of a TrafficControl the bridge's pipeline cannot do. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import type { Pipeline, PipelineType, Treatment } from "../../contracts/mod.ts";

interface AskedPipeline extends Pick<Pipeline, "cannot"> {
  readonly type: Pick<PipelineType, "name">;
}

/**
 * Why Sluice does nothing for the treatment; nothing if the pipeline can do all of it. Sluice never does a part of it: a
 * user would take the part for the whole.
 */
export function unsupported(
  treatment: Treatment,
  pipeline: AskedPipeline,
): Condition | undefined {
  try {
    const found = pipeline.cannot(treatment);
    if (found.length === 0) return undefined;
    return condition(
      "UnsupportedTreatment",
      `Pipeline "${pipeline.type.name}" cannot do ${found.join(", ")}`,
      "choose another pipeline with --pipeline, or another treatment",
    );
  } catch (error) {
    return condition("PluginFailed", (error as Error).message);
  }
}
