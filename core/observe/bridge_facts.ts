/** What OVSDB says of a bridge that pipelines choose by. @module */
import type { BridgeFacts } from "../contracts/mod.ts";
import { bridgeView, type Cache } from "../ovsdb/mod.ts";

/** Nothing while the bridge does not exist. */
export function bridgeFacts(cache: Cache, bridge: string): BridgeFacts | undefined {
  const row = bridgeView(cache, bridge)?.row;
  if (!row) return undefined;
  return {
    name: bridge,
    external_ids: row.external_ids,
    ovsExternalIDs: cache.all("Open_vSwitch").next().value?.external_ids ?? {},
    datapathType: row.datapath_type,
  };
}
