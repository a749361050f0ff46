/** Flows that the switch learned: which port a sender came from. They go only when their port goes. @module */
import type { BundleMessage, Flow, OpenFlowClient } from "./openflow/mod.ts";
import { CLASS_MASK, LEARNED_COOKIE } from "./switch.ts";

const LEARNED = { cookie: LEARNED_COOKIE, cookieMask: CLASS_MASK } as const;

/** With the last of our flows. */
export const FORGET_ALL_LEARNED: BundleMessage = { type: "flow_delete", filter: LEARNED };

/** The register in which a learned flow puts the port that it restores; 16 bits of it. */
const ORIGINAL = "reg12";
const PORT_BITS = 0xffffn;

function leadsTo({ actions }: Flow, ofports: ReadonlySet<number>): boolean {
  return actions.some((action) =>
    action.type === "set_field" && action.field === ORIGINAL &&
    ofports.has(Number(action.value & PORT_BITS))
  );
}

/** A number that is free may become another port's: packets must not come home to that one. */
export async function forgetLearned(
  client: OpenFlowClient,
  ofports: ReadonlySet<number>,
): Promise<void> {
  if (ofports.size === 0) return;
  const stale = (await client.dumpFlows(LEARNED)).filter((flow) => leadsTo(flow, ofports));
  await client.bundle(
    stale.map((flow) => ({ type: "flow_mod", command: "delete_strict", flow }) as const),
  );
}
