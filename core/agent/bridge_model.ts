/** Makes the model of a bridge, with what OVSDB and the node show around it. @module */
import { type Model } from "../model/model.ts";
import type { ModelOptions } from "../model/model_options.ts";
import { modelOf, type OneOfSeveral } from "../model/model_of_several.ts";
import { ovsSurroundings } from "../observe/bridge_rows.ts";
import { isOwnAddress, readDevice } from "../observe/devices.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";

const OF_NODE = { device: readDevice, isOwnAddress };

export interface BridgeModelOptions extends Omit<ModelOptions, "surroundings" | "node"> {
  readonly node: string | undefined;
  readonly ovsdb: Pick<OvsdbSession, "cache">;
  /** The earlier one of the agent's bridges that is about to have a port of that name. */
  readonly claimedBy: (port: string) => string | undefined;
}

export function bridgeModel(
  { node, ovsdb, claimedBy, ...options }: BridgeModelOptions,
  place: OneOfSeveral,
): Model {
  const { bridge, bridges } = place;
  const surroundings = {
    ...OF_NODE,
    ...ovsSurroundings(() => ovsdb.cache, bridge, bridges),
    claimedBy,
  };
  return modelOf({ ...options, surroundings, ...(node !== undefined && { node }) }, place);
}
