/** Makes the pipeline of a bridge, also where one of a plugin file cannot be made. @module */
import { PluginError } from "../base/errors.ts";
import type { BridgeFacts, PipelineType } from "../contracts/mod.ts";
import { type UsedPipeline, usedPipeline } from "../model/flows/used_pipeline.ts";
import { fittingPipelines, type PipelineChoice } from "./pipeline_choice.ts";

export interface PipelineMakerOptions {
  /** Number of the first of a pipeline's own tables. */
  readonly tableBase: number;
  /** Called once for each pipeline of a plugin file that cannot be made. */
  readonly onFailure: (type: PipelineType, error: PluginError) => void;
}

export class PipelineMaker {
  readonly #options: PipelineMakerOptions;
  /** Those that cannot be made. A file that is loaded again defines another one. */
  readonly #broken = new WeakSet<PipelineType>();

  constructor(options: PipelineMakerOptions) {
    this.#options = options;
  }

  /**
   * The first pipeline that fits and can be made. If a new version of the one in use cannot be made, that goes on.
   *
   * @param inUse None at the start of the agent.
   * @returns `inUse` if it goes on.
   * @throws {TerminalError} If no pipeline fits, or the one that the user names cannot be made and none is in use.
   */
  make(choice: PipelineChoice, bridge: BridgeFacts, inUse?: UsedPipeline): UsedPipeline {
    let failure: unknown;
    for (const type of fittingPipelines(choice, bridge)) {
      if (type === inUse?.type) return inUse;
      try {
        if (!this.#broken.has(type)) return usedPipeline(type, this.#options.tableBase);
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        failure = error;
        this.#fail(type, error);
      }
      if (inUse && type.name === inUse.type.name) return inUse;
    }
    if (inUse) return inUse;
    throw failure;
  }

  #fail(type: PipelineType, error: PluginError): void {
    this.#broken.add(type);
    this.#options.onFailure(type, error);
  }
}
