/** Members of bundles, and the flows of a switch, as ovs-ofctl's text. @module */
import type { BundleMessage } from "../client/bundle.ts";
import type { OpenFlowClient } from "../client/client.ts";
import { formatFlow, parseFlow } from "../text/flow_text.ts";
import { parseGroup } from "../text/group_text.ts";

/** A member that adds the flow of `text`. */
export function addFlow(text: string): BundleMessage {
  return { type: "flow_mod", command: "add", flow: parseFlow(text) };
}

/** A member that adds the group of `text`. */
export function addGroup(text: string): BundleMessage {
  return { type: "group_mod", command: "add", group: parseGroup(text) };
}

/** All flows of the switch as text, sorted. */
export async function flowsOf(client: OpenFlowClient): Promise<string[]> {
  return (await client.dumpFlows()).map(formatFlow).sort();
}
