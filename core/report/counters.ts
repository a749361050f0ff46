/** Reads from the switch what has been done to packets for each TrafficControl. @module */
import { LIMITS } from "../base/limits.ts";
import { CLASS_MASK, OWN_COOKIE } from "../base/marks.ts";
import { delay } from "../base/timer.ts";
import type { Counted, PacketDirection } from "../contracts/mod.ts";
import { counterID, type NamedCounter } from "../model/flows/counters.ts";
import { podCounterID } from "../model/flows/pod_counters.ts";
import type { Model } from "../model/model.ts";
import type { PodKey } from "../objects/types.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";

export interface PacketCount {
  readonly packets: number;
  /** Whole frames, also where copies are cut. */
  readonly bytes: number;
}

/** By direction. A direction that the TrafficControl does not have is absent. */
export type CountByDirection = Readonly<Partial<Record<PacketDirection, PacketCount>>>;

/** In place of what the switch did not tell in time: a count of nothing would be wrong. */
export const NOT_READ: ReadonlyMap<string, never> = new Map<string, never>();

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
  if (counters.length === 0) return new Map();
  if (!client) return NOT_READ;
  const read = await readCounters(model.datapath.countingTables.ofControls, client);
  const found = new Map<string, FoundCounts>();
  for (const counter of counters) {
    const known = found.getOrInsertComputed(counter.control, () => ({}));
    note(known, counter, read.get(counterID(counter)));
  }
  return found;
}

type FoundCounts = { [What in Counted]?: CountByDirection };

function note(
  known: FoundCounts,
  { counts, direction }: NamedCounter,
  count: PacketCount = { packets: 0, bytes: 0 },
): void {
  known[counts] = { ...known[counts], [direction]: count };
}

/** By name of a TrafficControl, then by Pod: what has been done to the Pod's packets. */
export type PodCounts = ReadonlyMap<string, ReadonlyMap<PodKey, ControlCounts>>;

/** What is known if the switch is not asked. */
export const NOTHING_COUNTED = {
  counts: new Map<string, ControlCounts>() as ReadonlyMap<string, ControlCounts>,
  podCounts: new Map() as PodCounts,
} as const;

/**
 * Reads the counters of single Pods from the switch. It sends no request if there are none.
 *
 * @returns Those of the TrafficControls that have Pods counted. They go on as those of TrafficControls do, and begin anew
 * when the Pod has another port.
 */
export async function podCounts(
  { datapath }: Model,
  client: OpenFlowClient | undefined,
): Promise<PodCounts> {
  const { ofPods } = datapath.countingTables;
  if (ofPods.size === 0) return new Map();
  const counters = datapath.podCountersInUse();
  if (counters.length === 0) return new Map();
  if (!client) return NOT_READ;
  const read = await readCounters(ofPods, client);
  const found = new Map<string, Map<PodKey, FoundCounts>>();
  for (const counter of counters) {
    const ofControl = found.getOrInsertComputed(counter.control, () => new Map());
    const known = ofControl.getOrInsertComputed(counter.pod, () => ({}));
    note(known, counter, read.get(podCounterID(counter)));
  }
  return found;
}

/**
 * The same, as far as the switch answers soon: whoever asks for metrics or the state must hear of all else, also while the
 * switch is away or hangs. Then they get `NOT_READ`, and no number is wrong.
 *
 * @param time Milliseconds.
 */
export function countsInTime(
  model: Model,
  client: OpenFlowClient | undefined,
  time: number = LIMITS.countersRead,
): Promise<ReadonlyMap<string, ControlCounts>> {
  return inTime(controlCounts(model, client), time);
}

/** The counts of single Pods, as far as the switch answers soon. */
export function podCountsInTime(
  model: Model,
  client: OpenFlowClient | undefined,
  time: number = LIMITS.countersRead,
): Promise<PodCounts> {
  return inTime(podCounts(model, client), time);
}

/** @returns What is read, or `NOT_READ`. */
export async function inTime<Key, Value>(
  reading: Promise<ReadonlyMap<Key, Value>>,
  time: number,
): Promise<ReadonlyMap<Key, Value>> {
  const nothing = NOT_READ as ReadonlyMap<never, never>;
  const read = reading.catch(() => nothing); // the connection has ended
  const ended = new AbortController();
  try {
    return await Promise.race([read, delay(time, ended.signal).then(() => nothing)]);
  } finally {
    ended.abort();
  }
}

/** By the id of the counter. */
async function readCounters(
  tables: ReadonlySet<number>,
  client: OpenFlowClient,
): Promise<ReadonlyMap<number, PacketCount>> {
  const filters = [...tables]
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
