/** Flows that the switch learned: which port a sender came from. They go only when their port goes. @module */
import type { Pipeline } from "../contracts/mod.ts";
import {
  type BundleMessage,
  type OpenFlowClient,
  type PortDescription,
  toShortPort,
} from "../openflow/mod.ts";
import { CLASS_MASK, LEARNED_COOKIE } from "../base/marks.ts";

const LEARNED = { cookie: LEARNED_COOKIE, cookieMask: CLASS_MASK } as const;

/** Goes into the bundle with the flows without which, or beside which, what was learned is of no use. */
export const FORGET_ALL_LEARNED: BundleMessage = { type: "flow_delete", filter: LEARNED };

/** The port that a learned flow gives back, if it gives one back. */
export type LearnedPort = NonNullable<Pipeline["learnedPort"]>;

/**
 * Deletes what was learned about ports. A number that is free may become another port's: packets must not come home to
 * that one.
 *
 * @param learnedPort The pipeline's.
 * @param isStale Says of a port number whether it means nothing any more.
 */
export async function forgetLearned(
  client: OpenFlowClient,
  learnedPort: LearnedPort | undefined,
  isStale: (ofport: number) => boolean,
): Promise<void> {
  if (!learnedPort) return;
  const stale = (await client.dumpFlows(LEARNED)).filter((flow) => {
    const ofport = learnedPort(flow);
    return ofport !== undefined && isStale(ofport);
  });
  await client.bundle(
    stale.map((flow) => ({ type: "flow_mod", command: "delete_strict", flow }) as const),
  );
}

/** Ports that went away while nobody looked. */
export function forgetVanished(
  client: OpenFlowClient,
  learnedPort: LearnedPort | undefined,
  ports: readonly PortDescription[],
): Promise<void> {
  const there = new Set(ports.map(({ number }) => toShortPort(number))); // as registers have them
  return forgetLearned(client, learnedPort, (ofport) => !there.has(ofport));
}
