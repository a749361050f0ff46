/** A pipeline as one bridge uses it. @module */
import { canonical } from "../../base/canonical.ts";
import type { Pipeline, PipelineType, Treatment } from "../../contracts/mod.ts";

export interface UsedPipeline extends Pipeline {
  readonly type: PipelineType;
}

/**
 * What it cannot do is asked for each TrafficControl of each Pod: it is found out once.
 *
 * @param tableBase Number of the first of its own tables.
 */
export function usedPipeline(type: PipelineType, tableBase: number): UsedPipeline {
  const pipeline = type.create({ tableBase });
  const answers = new WeakMap<Treatment, readonly string[]>();
  return {
    type,
    tables: pipeline.tables,
    // Not by spreading: the methods of an object of a class are not its own properties.
    bridge: () => pipeline.bridge(),
    copyPort: (port) => pipeline.copyPort(port),
    pair: (pair) => pipeline.pair(pair),
    treatment: (direction, treatment) => pipeline.treatment(direction, treatment),
    podPort: (pod) => pipeline.podPort(pod),
    ...(pipeline.learnedPort && { learnedPort: (flow) => pipeline.learnedPort!(flow) }),
    cannot: (treatment) => {
      const answer = answers.get(treatment) ?? pipeline.cannot(treatment);
      answers.set(treatment, answer);
      return answer;
    },
  };
}

/** Whether flows that the switch learned by one mean the same to the other. */
export function hasSameTables(one: UsedPipeline, other: UsedPipeline): boolean {
  return canonical([one.tables, one.type.tables]) === canonical([other.tables, other.type.tables]);
}
