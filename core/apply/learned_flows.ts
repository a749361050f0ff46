/**
 * Deletes flows that the switch has learned. Such a flow remembers from which port a sender's packets came, so that
 * packets that come back from a pair can go on. Sluice deletes it when that port goes; otherwise it times out.
 * @module
 */
import type { Pipeline } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";
import {
  type BundleMessage,
  type OpenFlowClient,
  type PortDescription,
  toShortPort,
} from "../openflow/mod.ts";
import { CLASS_MASK, LEARNED_COOKIE } from "../base/marks.ts";

const LEARNED = { cookie: LEARNED_COOKIE, cookieMask: CLASS_MASK } as const;

/** Deletes all learned flows. The bundle that deletes Sluice's last flow has it: then they are of no use. */
export const FORGET_ALL_LEARNED: BundleMessage = { type: "flow_delete", filter: LEARNED };

/** Tells the port number that a learned flow remembers; nothing if it remembers none. */
export type LearnedPort = NonNullable<Pipeline["learnedPort"]>;

/**
 * Deletes learned flows that remember ports which are gone. Open vSwitch may give the number to a new port, which must
 * not get the packets of the old one.
 *
 * @param isStale Whether the port with this number is gone.
 */
async function forgetLearned(
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

/** Deletes learned flows of ports whose numbers are free since the last call. */
export async function forgetFreed(
  client: OpenFlowClient,
  { staleNumbers, pipeline }: Pick<Model, "staleNumbers" | "pipeline">,
): Promise<void> {
  const gone = staleNumbers.take();
  if (gone.size === 0) return;
  try {
    await forgetLearned(client, pipeline.learnedPort, (ofport) => gone.has(ofport));
  } catch (error) {
    staleNumbers.giveBack(gone);
    throw error;
  }
}

/**
 * Deletes learned flows of ports that went away while Sluice was not connected.
 *
 * @param ports All ports of the switch now.
 */
export function forgetVanished(
  client: OpenFlowClient,
  learnedPort: LearnedPort | undefined,
  ports: readonly PortDescription[],
): Promise<void> {
  const there = new Set(ports.map(({ number }) => toShortPort(number))); // the register has 16 bits of it
  return forgetLearned(client, learnedPort, (ofport) => !there.has(ofport));
}
