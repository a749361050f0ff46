/** Reads from the switch what its ports have counted until this moment. OVSDB would say what they had 5 seconds ago. @module */
import { LIMITS } from "../base/limits.ts";
import type { OpenFlowClient, PortStats } from "../openflow/mod.ts";
import { inTime, NOT_READ, type PacketCount } from "./counters.ts";

/** What a port has counted since it was made. */
export interface PortCounts {
  /** What the bridge has sent into the port. */
  readonly sent: PacketCount;
  /** What has come to the bridge from the port. */
  readonly received: PacketCount;
}

/** A counter that a device does not have: OpenFlow 1.5.1 section 7.3.5.8. */
const UNCOUNTED = 0xffff_ffff_ffff_ffffn;

/**
 * The counters of all ports by their OpenFlow numbers, as far as the switch answers soon; else `NOT_READ`.
 *
 * @param time Milliseconds.
 */
export async function livePortCounts(
  client: Pick<OpenFlowClient, "allPortStats"> | undefined,
  time: number = LIMITS.countersRead,
): Promise<ReadonlyMap<number, PortCounts>> {
  if (!client) return NOT_READ as ReadonlyMap<never, never>;
  return await inTime(client.allPortStats().then(byNumber), time);
}

function byNumber(all: readonly PortStats[]): ReadonlyMap<number, PortCounts> {
  const isCounted = ({ txPackets, rxPackets, txBytes, rxBytes }: PortStats) =>
    [txPackets, rxPackets, txBytes, rxBytes].every((count) => count !== UNCOUNTED);
  return new Map(
    all.filter(isCounted).map((stats) => [stats.number, {
      sent: { packets: Number(stats.txPackets), bytes: Number(stats.txBytes) },
      received: { packets: Number(stats.rxPackets), bytes: Number(stats.rxBytes) },
    }]),
  );
}
