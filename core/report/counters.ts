/** Reads from the switch what has been done to packets for each TrafficControl. @module */
import { LIMITS } from "../base/limits.ts";
import { CLASS_MASK, OWN_COOKIE } from "../base/marks.ts";
import { delay } from "../base/timer.ts";
import type { Counted, PacketDirection } from "../contracts/mod.ts";
import { counterID } from "../model/flows/counters.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";

export interface PacketCount {
  readonly packets: number;
  /** Whole frames, also where copies are cut. */
  readonly bytes: number;
}

/** By direction. A direction that the TrafficControl does not have is absent. */
export type CountByDirection = Readonly<Partial<Record<PacketDirection, PacketCount>>>;

/** What has been done for one TrafficControl. What it does not do is absent. */
export type ControlCounts = Readonly<Partial<Record<Counted, CountByDirection>>>;

/**
 * Reads the counters from the switch. It sends no request if nothing is counted or there is no connection.
 *
 * @returns By name of the TrafficControl. They go on while others change and while the agent starts again, and begin anew
 * when the TrafficControl has no Pod on the node any more.
 */
export async function controlCounts(
  model: Model,
  client: OpenFlowClient | undefined,
): Promise<ReadonlyMap<string, ControlCounts>> {
  const counters = model.datapath.countersInUse();
  if (counters.length === 0 || !client) return new Map();
  const read = await readCounters(model, client);
  const found = new Map<string, { [What in Counted]?: CountByDirection }>();
  for (const counter of counters) {
    const { control, direction, counts } = counter;
    const known = found.getOrInsertComputed(control, () => ({}));
    const count = read.get(counterID(counter)) ?? { packets: 0, bytes: 0 };
    known[counts] = { ...known[counts], [direction]: count };
  }
  return found;
}

/**
 * The same, as far as the switch answers soon: whoever asks for metrics or the state must hear of all else, also while the
 * switch is away or hangs. Then, nothing is counted as far as is known, and no number is wrong.
 *
 * @param time Milliseconds.
 */
export async function countsInTime(
  model: Model,
  client: OpenFlowClient | undefined,
  time: number = LIMITS.countersRead,
): Promise<ReadonlyMap<string, ControlCounts>> {
  const nothing: ReadonlyMap<string, ControlCounts> = new Map();
  const read = controlCounts(model, client).catch(() => nothing); // the connection has ended
  const ended = new AbortController();
  try {
    return await Promise.race([read, delay(time, ended.signal).then(() => nothing)]);
  } finally {
    ended.abort();
  }
}

/** By the id of the counter. */
async function readCounters(
  { datapath }: Model,
  client: OpenFlowClient,
): Promise<ReadonlyMap<number, PacketCount>> {
  const filters = [...datapath.countingTables]
    .map((table) => ({ table, cookie: OWN_COOKIE, cookieMask: CLASS_MASK }));
  const flows = (await Promise.all(filters.map((filter) => client.dumpFlows(filter)))).flat();
  const read = new Map<number, PacketCount>();
  for (const { cookie, packets, bytes } of flows) {
    const id = Number(BigInt.asUintN(32, cookie));
    const before = read.get(id) ?? { packets: 0, bytes: 0 };
    read.set(id, {
      packets: before.packets + Number(packets),
      bytes: before.bytes + Number(bytes),
    });
  }
  return read;
}

/** By name, how many packets each TrafficControl has seen, whatever was done to them. */
export function packetsSeen(
  counts: ReadonlyMap<string, ControlCounts>,
): ReadonlyMap<string, number> {
  const sum = (control: ControlCounts) =>
    Object.values(control).reduce((sum, count) => sum + packetsOf(count), 0);
  return new Map(counts.entries().map(([name, control]) => [name, sum(control)]));
}

/** The packets of both directions. */
export function packetsOf(count: CountByDirection): number {
  return Object.values(count).reduce((sum, { packets }) => sum + packets, 0);
}
