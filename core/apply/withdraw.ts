/** Takes all flows of Sluice away at once. @module */
import { OpenFlowClient } from "../openflow/mod.ts";
import { OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/** Takes all flows of our cookies away at once, learned ones too. */
export async function withdrawFlows(client: OpenFlowClient): Promise<void> {
  const filter = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };
  await client.bundle([{ type: "flow_delete", filter }]);
}
