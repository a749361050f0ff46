/** A pipeline as one bridge uses it. @module */
import { canonical } from "../base/canonical.ts";
import type { Pipeline, PipelineType } from "../contracts/mod.ts";

export interface UsedPipeline extends Pipeline {
  readonly type: PipelineType;
}

/** @param tableBase Number of the first of its own tables. */
export function usedPipeline(type: PipelineType, tableBase: number): UsedPipeline {
  return { ...type.create({ tableBase }), type };
}

/** Whether flows that the switch learned by one mean the same to the other. */
export function hasSameTables(one: UsedPipeline, other: UsedPipeline): boolean {
  return canonical([one.tables, one.type.tables]) === canonical([other.tables, other.type.tables]);
}
