/**
 * Keeps the status of a node within its size, whatever objects, devices and servers say: an API server that refuses the
 * status of a node would leave all its TrafficControls without one. Pure. @module
 */
import { harmless, LIMITS } from "../../../core/api.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";

/** The part of a node's status that has one entry for each TrafficControl. */
export interface Entries {
  readonly trafficControls: readonly NodeStatusEntry[];
  /** Number of TrafficControls that have no entry, as there are too many. */
  readonly leftOut?: number;
}

/** Forms of an entry, each smaller than the one before. */
const FORMS: readonly ((entry: NodeStatusEntry) => NodeStatusEntry)[] = [
  (entry) => withTexts(entry, LIMITS.statusText),
  (entry) => withTexts(entry, LIMITS.statusShortText),
  ({ name, observedGeneration, realized, reason, pods, ports }) => ({
    name,
    ...(observedGeneration !== undefined && { observedGeneration }),
    realized,
    ...(reason !== undefined && { reason, message: reason }),
    pods,
    ports,
  }),
];

/** An entry whose texts are cut, with a limited number of conditions. Also for entries that other agents wrote. */
export function withTexts(entry: NodeStatusEntry, most: number): NodeStatusEntry {
  const cut = <Texts extends { readonly message?: string; readonly cure?: string }>(
    texts: Texts,
  ) => ({
    ...texts,
    ...(texts.message !== undefined && { message: harmless(`${texts.message}`, most) }),
    ...(texts.cure !== undefined && { cure: harmless(`${texts.cure}`, most) }),
  });
  const { conditions, ports = [], reason, ...more } = entry;
  return cut({
    ...more,
    ...(reason !== undefined && { reason: harmless(`${reason}`, LIMITS.statusReason) }),
    ...(conditions && {
      conditions: conditions.slice(0, LIMITS.statusConditions).map((each) =>
        cut({ ...each, type: harmless(`${each.type}`, LIMITS.statusReason) })
      ),
    }),
    ports: ports.slice(0, LIMITS.statusPorts).map((port) => harmless(`${port}`, LIMITS.statusText)),
  });
}

const sizeOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

/**
 * The entries in the largest form in which all of them fit together. If there are too many even in the smallest form,
 * the realized ones are left out first: what is not realized must not look as if it were.
 */
export function fitting(entries: readonly NodeStatusEntry[]): Entries {
  for (const form of FORMS) {
    const trafficControls = entries.map(form);
    if (sizeOf(trafficControls) <= LIMITS.statusObject) return { trafficControls };
  }
  const smallest = entries.map(FORMS.at(-1)!);
  const kept = new Set<NodeStatusEntry>();
  let size = 0;
  for (const entry of smallest.toSorted((a, b) => Number(a.realized) - Number(b.realized))) {
    size += sizeOf(entry) + 1;
    if (size > LIMITS.statusObject) break;
    kept.add(entry);
  }
  const trafficControls = smallest.filter((entry) => kept.has(entry));
  return { trafficControls, leftOut: smallest.length - trafficControls.length };
}
