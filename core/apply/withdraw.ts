/** Deletes all flows of Sluice at once, and its meters. @module */
import type { Meter, OpenFlowClient } from "../openflow/mod.ts";
import { isOurMeter, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/**
 * Deletes each flow with Sluice's mark in its cookie, also those that the switch has learned, in one bundle; then the meters
 * with Sluice's mark.
 */
export async function withdrawFlows(client: OpenFlowClient): Promise<void> {
  const filter = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };
  await client.bundle([{ type: "flow_delete", filter }]);
  for (const { id } of await ownMeters(client)) await client.changeMeter("delete", { id });
}

/** The meters with Sluice's mark. */
export async function ownMeters(client: OpenFlowClient): Promise<Meter[]> {
  return (await client.meters()).filter(isOurMeter);
}
