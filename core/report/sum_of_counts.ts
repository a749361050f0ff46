/** Adds up what was done for a TrafficControl on several bridges. Pure. @module */
import type { ControlCounts, CountByDirection, PacketCount } from "./counters.ts";
import type { ControlState, PodCountState } from "./state.ts";

type Counts = Pick<ControlState, "copied" | "redirected" | "dropped">;

const add = (one: PacketCount | undefined, other: PacketCount): PacketCount => ({
  packets: (one?.packets ?? 0) + other.packets,
  bytes: (one?.bytes ?? 0) + other.bytes,
});

/** @returns Nothing if none of them counts. */
export function sumByDirection(
  counts: readonly (CountByDirection | undefined)[],
): CountByDirection | undefined {
  const all = counts.filter((each) => each !== undefined);
  if (all.length === 0) return undefined;
  const sum: { -readonly [Direction in keyof CountByDirection]: PacketCount } = {};
  for (const count of all) {
    for (const direction of ["egress", "ingress"] as const) {
      const more = count[direction];
      if (more) sum[direction] = add(sum[direction], more);
    }
  }
  return sum;
}

function sumOf(all: readonly Counts[]): Counts {
  const copied = sumByDirection(all.map((each) => each.copied));
  const redirected = sumByDirection(all.map((each) => each.redirected));
  const dropped = all.map((each) => each.dropped).filter((each) => each !== undefined);
  return {
    ...(copied && { copied }),
    ...(redirected && { redirected }),
    ...(dropped.length > 0 && { dropped: dropped.reduce((sum, each) => sum + each, 0) }),
  };
}

/** The sums, also for each Pod that is counted: it may have ports on several bridges. */
export function sumOfCounts(
  states: readonly ControlState[],
): Counts & Pick<ControlState, "byPod"> {
  const counted = states.flatMap(({ byPod = [] }) => byPod);
  const byPod: PodCountState[] = [...Map.groupBy(counted, ({ pod }) => pod)]
    .map(([pod, all]) => ({ pod, ...sumOf(all) }))
    .sort((one, other) => one.pod < other.pod ? -1 : 1);
  return { ...sumOf(states), ...(byPod.length > 0 && { byPod }) };
}

/** The sums for each TrafficControl, by name. */
export function sumOfEach(
  all: readonly ReadonlyMap<string, ControlCounts>[],
): ReadonlyMap<string, ControlCounts> {
  const [first, ...others] = all;
  if (first && others.length === 0) return first;
  const names = new Set(all.flatMap((counts) => [...counts.keys()]));
  return new Map([...names].map((name) => {
    const counted = all.map((counts) => counts.get(name) ?? {});
    const sums = (["copied", "redirected", "dropped"] as const).map((what) =>
      [what, sumByDirection(counted.map((each) => each[what]))] as const
    );
    return [name, Object.fromEntries(sums.filter(([, sum]) => sum !== undefined))];
  }));
}
