/** A pipeline as one bridge uses it. @module */
import { canonical } from "../../base/canonical.ts";
import type { Pipeline, PipelineType, Treatment } from "../../contracts/mod.ts";

/** A pipeline together with the type that created it. */
export interface UsedPipeline extends Pipeline {
  readonly type: PipelineType;
}

/**
 * Creates the pipeline for a bridge. Its answers to `cannot` are remembered for each treatment, as Sluice asks once for
 * each TrafficControl of each Pod.
 *
 * @param tableBase Number of the pipeline's first own table.
 */
export function usedPipeline(type: PipelineType, tableBase: number): UsedPipeline {
  const pipeline = type.create({ tableBase });
  const answers = new WeakMap<Treatment, readonly string[]>();
  return {
    type,
    tables: pipeline.tables,
    // Each method is named, as a spread would lose the methods of an object of a class.
    bridge: () => pipeline.bridge(),
    copyPort: (port) => pipeline.copyPort(port),
    pair: (pair) => pipeline.pair(pair),
    ...(pipeline.choice && { choice: (...given) => pipeline.choice!(...given) }),
    ...(pipeline.counter && { counter: (counter) => pipeline.counter!(counter) }),
    ...(pipeline.leg && { leg: (leg) => pipeline.leg!(leg) }),
    ...(pipeline.filter && { filter: (filter) => pipeline.filter!(filter) }),
    treatment: (direction, treatment) => pipeline.treatment(direction, treatment),
    podPort: (pod) => pipeline.podPort(pod),
    ...(pipeline.flood && { flood: (...given) => pipeline.flood!(...given) }),
    ...(pipeline.vlans && { vlans: (ports) => pipeline.vlans!(ports) }),
    ...(pipeline.refresh && { refresh: (turn) => pipeline.refresh!(turn) }),
    ...(pipeline.learnedPort && { learnedPort: (flow) => pipeline.learnedPort!(flow) }),
    cannot: (treatment) => {
      const answer = answers.get(treatment) ?? pipeline.cannot(treatment);
      answers.set(treatment, answer);
      return answer;
    },
  };
}

/**
 * Whether both pipelines declare the same tables with the same numbers. If so, each understands the flows that the switch
 * learned by the other's rows.
 */
export function hasSameTables(one: UsedPipeline, other: UsedPipeline): boolean {
  return canonical([one.tables, one.type.tables]) === canonical([other.tables, other.type.tables]);
}
