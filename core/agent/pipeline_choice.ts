/** Which pipeline a bridge gets. Pure. @module */
import { TerminalError } from "../base/errors.ts";
import type { BridgeFacts, PipelineType } from "../contracts/mod.ts";

export interface PipelineChoice {
  /** Every pipeline by name: the built-in ones and those of plugin files. */
  readonly pipelines: ReadonlyMap<string, PipelineType>;
  readonly isBuiltIn: (name: string) => boolean;
  /** Name of the pipeline that the user wants, even if it does not fit the bridge. */
  readonly named?: string | undefined;
}

/** A bridge of which nothing is known yet. */
export const unknownBridge = (name: string): BridgeFacts => ({
  name,
  external_ids: {},
  ovsExternalIDs: {},
  datapathType: "",
});

/**
 * The pipeline that the user names; otherwise the first that fits. Pipelines of plugin files come before the built-in
 * ones, and in each of these two groups those for some bridges come before those that fit every bridge.
 *
 * @throws {TerminalError} If there is none of that name, or none fits.
 */
export function choosePipeline(choice: PipelineChoice, bridge: BridgeFacts): PipelineType {
  return fittingPipelines(choice, bridge)[0];
}

/**
 * The same, and behind it those that come into question if it cannot be made.
 *
 * @throws {TerminalError} As `choosePipeline`.
 */
export function fittingPipelines(
  choice: PipelineChoice,
  bridge: BridgeFacts,
): [PipelineType, ...PipelineType[]] {
  const { pipelines, isBuiltIn, named } = choice;
  const known = [...pipelines.keys()].join(", ");
  if (named !== undefined) {
    const found = pipelines.get(named);
    if (found) return [found];
    throw new TerminalError(`Cannot use pipeline "${named}": not one of ${known}`);
  }
  const anyBridge = unknownBridge("");
  const rank = (type: PipelineType) => 2 * +isBuiltIn(type.name) + +fits(type, anyBridge);
  const [first, ...others] = [...pipelines.values()].filter((type) => fits(type, bridge))
    .sort((a, b) => rank(a) - rank(b));
  if (first) return [first, ...others];
  throw new TerminalError(`Cannot use bridge "${bridge.name}": none of ${known} fits it`);
}

/** A pipeline whose `fits` throws does not fit. That is rare: the conformance suite calls `fits` before a file is loaded. */
function fits(type: PipelineType, bridge: BridgeFacts): boolean {
  try {
    return type.fits?.(bridge) === true;
  } catch {
    return false;
  }
}
