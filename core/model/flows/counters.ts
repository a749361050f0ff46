/**
 * The counters of what is done for TrafficControls. Their ids follow from the TrafficControl's name, so they go on after a
 * restart, and while other TrafficControls come and go.
 * @module
 */
import { hash } from "node:crypto";
import type { Counted, PacketDirection } from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";

/** A counter, by what it counts. */
export interface NamedCounter {
  /** Name of the TrafficControl. */
  readonly control: string;
  readonly direction: PacketDirection;
  readonly counts: Counted;
}

/** The key of the counter's part: names of TrafficControls have no spaces. */
export const counterPart = ({ control, direction, counts }: NamedCounter) =>
  `counter ${control} ${direction} ${counts}`;

/** 1 to 2^32 - 1. */
export const counterID = (counter: NamedCounter) =>
  hash("sha256", counterPart(counter), "buffer").readUInt32BE(0) || 1;

/** The ids of the counters of a treatment in one direction. */
export interface CounterIDs {
  /** For each copy, in the order of the copies. */
  readonly copies: readonly number[];
  /** For each hop, in the order of the hops. */
  readonly hops: readonly number[];
  readonly drop?: number;
}

const known = {
  egress: new WeakMap<CombinedTreatment, CounterIDs>(),
  ingress: new WeakMap<CombinedTreatment, CounterIDs>(),
};

export function counterIDs(combined: CombinedTreatment, direction: PacketDirection): CounterIDs {
  return known[direction].getOrInsertComputed(combined, ({ askers }) => {
    const id = (control: string, counts: Counted) => counterID({ control, direction, counts });
    const { copies, hops, drop } = askers;
    return {
      copies: copies.map((control) => id(control, "copied")),
      hops: hops.map((control) => id(control, "redirected")),
      ...(drop !== undefined && { drop: id(drop, "dropped") }),
    };
  });
}

/** The counters of a treatment in one direction, each once. */
export function countersOf(
  { askers: { copies, hops, drop } }: CombinedTreatment,
  direction: PacketDirection,
): NamedCounter[] {
  const counter = (counts: Counted) => (control: string) => ({ control, direction, counts });
  return [
    ...[...new Set(copies)].map(counter("copied")),
    ...[...new Set(hops)].map(counter("redirected")),
    ...[drop].filter((name) => name !== undefined).map(counter("dropped")),
  ];
}
