/** Which pipeline a bridge gets. Pure. @module */
import { TerminalError } from "../base/errors.ts";
import type { BridgeFacts, PipelineType } from "../contracts/mod.ts";

export interface PipelineChoice {
  /** Every pipeline by name: the built-in ones and those of plugin files. */
  readonly pipelines: ReadonlyMap<string, PipelineType>;
  readonly isBuiltIn: (name: string) => boolean;
  /** The one that the user wants, whatever the bridge. */
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
 * The pipeline that the user names; else the first that fits. Those of plugin files come before the built-in ones, and
 * among each of them those for some bridges before those that fit every bridge.
 *
 * @throws {TerminalError} If there is none of that name, or none fits.
 */
export function choosePipeline(choice: PipelineChoice, bridge: BridgeFacts): PipelineType {
  const { pipelines, isBuiltIn, named } = choice;
  const known = [...pipelines.keys()].join(", ");
  if (named !== undefined) {
    const found = pipelines.get(named);
    if (found) return found;
    throw new TerminalError(`Cannot use pipeline "${named}": not one of ${known}`);
  }
  const anyBridge = unknownBridge("");
  const rank = (type: PipelineType) => 2 * +isBuiltIn(type.name) + +fits(type, anyBridge);
  const chosen = [...pipelines.values()].filter((type) => fits(type, bridge))
    .sort((a, b) => rank(a) - rank(b))[0];
  if (chosen) return chosen;
  throw new TerminalError(`Cannot use bridge "${bridge.name}": none of ${known} fits it`);
}

/** One that cannot say whether it fits does not: the conformance suite asks it before it is loaded. */
function fits(type: PipelineType, bridge: BridgeFacts): boolean {
  try {
    return type.fits?.(bridge) === true;
  } catch {
    return false;
  }
}
