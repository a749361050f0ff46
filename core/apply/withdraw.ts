/** Deletes all flows of Sluice at once. @module */
import { OpenFlowClient } from "../openflow/mod.ts";
import { OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/** Deletes each flow with Sluice's mark in its cookie, also those that the switch has learned, in one bundle. */
export async function withdrawFlows(client: OpenFlowClient): Promise<void> {
  const filter = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };
  await client.bundle([{ type: "flow_delete", filter }]);
}
