/** Flows that the switch learned: which port a sender came from. They go only when their port goes. @module */
import {
  type BundleMessage,
  type Flow,
  type OpenFlowClient,
  type PortDescription,
  toShortPort,
} from "../openflow/mod.ts";
import { CLASS_MASK, LEARNED_COOKIE } from "../base/marks.ts";

const LEARNED = { cookie: LEARNED_COOKIE, cookieMask: CLASS_MASK } as const;

/** Goes into the bundle that deletes the last flows of Sluice: what was learned is of no use without them. */
export const FORGET_ALL_LEARNED: BundleMessage = { type: "flow_delete", filter: LEARNED };

/** The register in which a learned flow puts the port that it restores; 16 bits of it. */
const ORIGINAL = "reg12";
const PORT_BITS = 0xffffn;

/** The port number that a learned flow gives back, if it is one of ours. */
function originalPort({ actions }: Flow): number | undefined {
  const restore = actions.find((action) =>
    action.type === "set_field" && action.field === ORIGINAL
  );
  return restore?.type === "set_field" ? Number(restore.value & PORT_BITS) : undefined;
}

/**
 * Deletes what was learned about ports. A number that is free may become another port's: packets must not come home to
 * that one.
 *
 * @param isStale Says of a port number whether it means nothing any more.
 */
export async function forgetLearned(
  client: OpenFlowClient,
  isStale: (ofport: number) => boolean,
): Promise<void> {
  const stale = (await client.dumpFlows(LEARNED)).filter((flow) => {
    const ofport = originalPort(flow);
    return ofport !== undefined && isStale(ofport);
  });
  await client.bundle(
    stale.map((flow) => ({ type: "flow_mod", command: "delete_strict", flow }) as const),
  );
}

/** Ports that went away while nobody looked. */
export function forgetVanished(
  client: OpenFlowClient,
  ports: readonly PortDescription[],
): Promise<void> {
  const there = new Set(ports.map(({ number }) => toShortPort(number))); // as registers have them
  return forgetLearned(client, (ofport) => !there.has(ofport));
}
