/** Rates from two readings of the counters of a node. Pure. @module */
import type { ControlCounts, PacketCount } from "../report/counters.ts";
import type { CountersReport } from "../report/counters_report.ts";
import type { PortCounts } from "../report/live_port_counts.ts";

export type By = "tc" | "pod" | "port";

/** What is done to packets, and what passes a port. */
export const MOVES = ["sent", "received", "copied", "redirected", "dropped"] as const;
export type Move = typeof MOVES[number];

/** What has moved between two readings. */
export interface Rate extends PacketCount {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What is shown in a row, as names by which JSON calls them. */
export type Subject = Readonly<Record<string, string | number | readonly string[]>>;

export type Movement = {
  readonly subject: Subject;
} & { readonly [What in Move]?: Rate };

/** A counter, which belongs to one row. */
interface Series {
  readonly bridge: string;
  readonly subject: Subject;
  /** What makes it different from all others of its bridge. */
  readonly key: string;
  readonly what: Move;
  readonly count: PacketCount;
}

type Whose = Pick<Series, "bridge" | "subject"> & { readonly of: readonly string[] };

function done({ of, ...whose }: Whose, counts: ControlCounts): Series[] {
  return (["copied", "redirected", "dropped"] as const).flatMap((what) =>
    Object.entries(counts[what] ?? {}).map(([direction, count]) => ({
      ...whose,
      what,
      count,
      key: JSON.stringify([...of, what, direction]),
    }))
  );
}

function passed({ of, ...whose }: Whose, { sent, received }: PortCounts): Series[] {
  return Object.entries({ sent, received }).map(([what, count]) => ({
    ...whose,
    what: what as Move,
    count,
    key: JSON.stringify([...of, what]),
  }));
}

/** The counters that rows of this kind show. */
const SERIES: Readonly<Record<By, (report: CountersReport) => Series[]>> = {
  tc: ({ trafficControls }) =>
    trafficControls.flatMap(({ bridge, name, ...counts }) =>
      done({ bridge, subject: { trafficControl: name }, of: [name] }, counts)
    ),
  pod: ({ pods, podPorts }) => [
    ...pods.flatMap(({ bridge, trafficControl, namespace, name, ...counts }) => {
      const of = [trafficControl, namespace, name];
      return done({ bridge, subject: { namespace, pod: name }, of }, counts);
    }),
    // What a Pod sends is what the bridge receives from its port
    ...podPorts.flatMap(({ bridge, namespace, pod, name, sent, received }) => {
      const whose = { bridge, subject: { namespace, pod }, of: [namespace, pod, name] };
      return passed(whose, { sent: received, received: sent });
    }),
  ],
  port: ({ ports }) =>
    ports.flatMap(({ bridge, name: port, ofport, trafficControls, sent, received }) =>
      passed({ bridge, subject: { bridge, port, ofport, trafficControls }, of: [port] }, {
        sent,
        received,
      })
    ),
};

/** What was read last on a bridge. */
interface Before {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  /** By the keys of series. */
  readonly counts: ReadonlyMap<string, PacketCount>;
}

/** How much more is counted. A counter that has begun anew has counted since then what it says. */
export function increase(before: PacketCount | undefined, now: PacketCount): PacketCount {
  if (!before || now.packets < before.packets || now.bytes < before.bytes) return now;
  return { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
}

export class Rates {
  readonly #by: By;
  /** By bridge. */
  readonly #before = new Map<string, Before>();

  constructor(by: By) {
    this.#by = by;
  }

  /**
   * Takes a reading.
   *
   * @param at When it was read: milliseconds of a monotonic clock.
   * @returns What has moved since the reading before, what moves most first. Of a bridge that was not read now, or never
   *   before, nothing; the next reading then tells of the whole time.
   */
  take(report: CountersReport, at: number): Movement[] {
    const series = SERIES[this.#by](report);
    const rows = new Map<string, { subject: Subject } & { [What in Move]?: Rate }>();
    for (const { bridge, isRead } of report.bridges) {
      if (!isRead) continue;
      const own = series.filter((each) => each.bridge === bridge);
      const before = this.#before.get(bridge);
      this.#before.set(bridge, { at, counts: new Map(own.map(({ key, count }) => [key, count])) });
      if (!before) continue;
      const seconds = (at - before.at) / 1000;
      for (const { subject, key, what, count } of own) {
        const id = JSON.stringify(subject);
        const row = rows.getOrInsertComputed(id, () => ({ subject }));
        row[what] = plus(row[what], increase(before.counts.get(key), count), seconds);
      }
    }
    return [...rows.values()].sort(byMovement);
  }
}

function plus(sum: Rate | undefined, more: PacketCount, seconds: number): Rate {
  return {
    packets: (sum?.packets ?? 0) + more.packets,
    bytes: (sum?.bytes ?? 0) + more.bytes,
    packetsPerSecond: (sum?.packetsPerSecond ?? 0) + more.packets / seconds,
    bytesPerSecond: (sum?.bytesPerSecond ?? 0) + more.bytes / seconds,
  };
}

/** What moves most comes first: by bytes, then by packets, then by name. */
function byMovement(one: Movement, other: Movement): number {
  const sum = (movement: Movement, unit: "packetsPerSecond" | "bytesPerSecond") =>
    MOVES.reduce((sum, what) => sum + (movement[what]?.[unit] ?? 0), 0);
  return sum(other, "bytesPerSecond") - sum(one, "bytesPerSecond") ||
    sum(other, "packetsPerSecond") - sum(one, "packetsPerSecond") ||
    (JSON.stringify(one.subject) < JSON.stringify(other.subject) ? -1 : 1);
}
