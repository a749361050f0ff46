/** What OVSDB says of a bridge that pipelines choose by. @module */
import type { BridgeFacts } from "../contracts/mod.ts";
import { bridgeView, type Cache } from "../ovsdb/mod.ts";

/** Nothing while the bridge does not exist. */
export function bridgeFacts(cache: Cache, bridge: string): BridgeFacts | undefined {
  const row = bridgeView(cache, bridge)?.row;
  if (!row) return undefined;
  const { external_ids = {}, ovs_version } = cache.all("Open_vSwitch").next().value ?? {};
  return {
    name: bridge,
    external_ids: row.external_ids,
    ovsExternalIDs: external_ids,
    datapathType: row.datapath_type,
    multicastSnooping: row.mcast_snooping_enable,
    mirrors: row.mirrors.length,
    ...(ovs_version !== undefined && { ovsVersion: ovs_version }),
  };
}
