/**
 * Keeps the status of a node within its size, whatever objects, devices and servers say: an API server that refuses the
 * status of a node would leave all its TrafficControls without one. Pure. @module
 */
import { harmless, LIMITS } from "../../../core/api.ts";
import { isAsWanted, type NodeStatusEntry, toShort } from "./node_status_entry.ts";

/** The part of a node's status that is about TrafficControls. */
export interface Entries {
  /** How many TrafficControls are realized, and how many there are: `realized/all`. */
  readonly ready: string;
  /** Those that are as wanted, as `name/generation`; absent in the form for agents of earlier versions. */
  readonly realizedTrafficControls?: readonly string[];
  /** Those of which more is to be said; in the form for agents of earlier versions all. */
  readonly trafficControls: readonly NodeStatusEntry[];
  /** Number of TrafficControls that are in neither list, as there are too many. */
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

/** An entry whose texts are cut, with a limited number of conditions. Also for entries that others wrote, of any form. */
export function withTexts(entry: NodeStatusEntry, most: number): NodeStatusEntry {
  const cut = <Texts extends { readonly message?: string; readonly cure?: string }>(
    texts: Texts,
  ) => ({
    ...texts,
    ...(texts.message !== undefined && { message: harmless(`${texts.message}`, most) }),
    ...(texts.cure !== undefined && { cure: harmless(`${texts.cure}`, most) }),
  });
  const { conditions, ports, reason, ...more } = entry;
  const objects = (value: unknown) =>
    Array.isArray(value) ? value.filter((each) => each?.type) : [];
  return cut({
    ...more,
    ...(reason !== undefined && { reason: harmless(`${reason}`, LIMITS.statusReason) }),
    ...(conditions && {
      conditions: objects(conditions).slice(0, LIMITS.statusConditions).map((each) =>
        cut({ ...each, type: harmless(`${each.type}`, LIMITS.statusReason) })
      ),
    }),
    ports: (Array.isArray(ports) ? ports : []).slice(0, LIMITS.statusPorts).map((port) =>
      harmless(`${port}`, LIMITS.statusText)
    ),
  });
}

const sizeOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

/**
 * What is said of these TrafficControls, in the largest form in which all of it fits. If it is too much even in the
 * smallest form, realized ones are left out first: what is not realized must not look as if it were.
 *
 * @param isEach Whether each TrafficControl has an entry, as agents of earlier versions need it.
 */
export function fitting(all: readonly NodeStatusEntry[], isEach: boolean): Entries {
  const { short = [], long = [] } = Object.groupBy(
    all,
    (entry) => !isEach && isAsWanted(entry) ? "short" : "long",
  );
  const ready = `${all.filter(({ realized }) => realized).length}/${all.length}`;
  const entries = (short: readonly string[], long: readonly NodeStatusEntry[]): Entries => ({
    ready,
    ...(!isEach && { realizedTrafficControls: short }),
    trafficControls: long,
  });
  for (const form of FORMS) {
    const whole = entries(short.map(toShort), long.map(form));
    if (sizeOf(whole) <= LIMITS.statusObject) return whole;
  }
  const smallest = long.map(FORMS.at(-1)!);
  const byNeed = smallest.toSorted((a, b) => Number(a.realized) - Number(b.realized));
  const kept = new Set(fittingParts([...byNeed, ...short.map(toShort)]));
  const isKept = (part: NodeStatusEntry | string) => kept.has(part);
  const part = entries(short.map(toShort).filter(isKept), smallest.filter(isKept));
  return { ...part, leftOut: all.length - kept.size };
}

/** The first of these parts, as many as fit. */
function fittingParts<Part>(parts: readonly Part[]): readonly Part[] {
  let size = 0;
  const end = parts.findIndex((part) => (size += sizeOf(part) + 1) > LIMITS.statusObject);
  return end < 0 ? parts : parts.slice(0, end);
}
