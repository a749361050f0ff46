/** Takes all flows of Sluice away at once. @module */
import { OpenFlowClient } from "../openflow/mod.ts";
import { OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/** Deletes every flow that carries Sluice's mark in its cookie, learned ones too, in one bundle. */
export async function withdrawFlows(client: OpenFlowClient): Promise<void> {
  const filter = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };
  await client.bundle([{ type: "flow_delete", filter }]);
}
