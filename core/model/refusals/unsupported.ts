/** What the bridge's pipeline cannot do of a TrafficControl. @module */
import { type Condition, condition } from "../../contracts/condition.ts";
import type { Pipeline, PipelineType, Treatment } from "../../contracts/mod.ts";

interface AskedPipeline extends Pick<Pipeline, "cannot"> {
  readonly type: Pick<PipelineType, "name">;
}

/** Why nothing at all is done for the treatment, if so: half of what a user asks for would look like all of it. */
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
