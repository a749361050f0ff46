/** To which ports the bridge sends broadcast and multicast of each VLAN, and to which of them by a pair or not at all. @module */
import type { FloodReceiver, VLANPort } from "../../core/api.ts";
import { type EnteredHop, numberOf } from "./_balance.ts";
import { carries, namedVLANs, removedTags } from "./_flood.ts";
import { forBoth, pathsOf } from "./_flood_paths.ts";

/** The ports to which the bridge sends the packets of a VLAN. */
export interface Domain {
  /** Absent for all VLANs that no port names. */
  readonly vlan?: number;
  /** Receivers whose packets are redirected or dropped. */
  readonly diverting: readonly FloodReceiver[];
  readonly others: readonly VLANPort[];
  /** Present for all VLANs that no port names, if a port names one: these packets are marked with a VLAN of their own. */
  readonly isRest?: true;
}

/** Whether the Pod does not simply receive what is sent to it. */
export const diverts = ({ ingress }: FloodReceiver) => ingress.drop || ingress.hops.length > 0;

export const hopsOf = ({ diverting }: Domain): EnteredHop[] =>
  pathsOf(diverting).flatMap(({ hops }) => hops);
export function domainsOf(
  receivers: readonly FloodReceiver[],
  ports: readonly VLANPort[],
): Domain[] {
  const named = new Set(ports.flatMap(({ vlans }) => namedVLANs(vlans)));
  const domain = (vlan?: number): Domain => {
    const diverting = receivers.filter(({ vlans }) => carries(vlans, vlan));
    const left = new Set(diverting.map(({ ofport }) => ofport));
    const others = ports.filter(({ ofport, vlans }) => carries(vlans, vlan) && !left.has(ofport));
    return { ...(vlan !== undefined && { vlan }), diverting, others };
  };
  const other = domain();
  const domains = [...named].sort((a, b) => a - b).map(domain);
  // The rows of all other VLANs must not get the packets of a VLAN that a port names.
  const rest: Domain = domains.length > 0 ? { ...other, isRest: true } : other;
  if (other.diverting.length > 0) return [...domains, rest];
  return domains.filter(({ diverting }) => diverting.length > 0);
}

/** Whether the port sends out packets of the VLAN without a tag. */
export function isUntagged({ vlans }: VLANPort, vlan: number): boolean {
  const removed = removedTags(vlans);
  return vlan === 0 || removed === "any" || removed === vlan;
}

/** Receivers whose packets are dropped, with rules only those that the rules take. */
export interface Blocked {
  readonly drop: NonNullable<FloodReceiver["ingress"]["drop"]>;
  readonly receivers: readonly FloodReceiver[];
  /** The number by which what passes is known: a receiver's port, which is in no pair. */
  readonly number: number;
}

/** The receivers of a domain for which packets are dropped. For those of one TrafficControl they are counted once. */
export function blockedOf({ diverting }: Domain): Blocked[] {
  const byDrop = Map.groupBy(
    diverting,
    ({ ingress: { drop, hops } }) => drop && `${hops.length === 0 && drop.filter} ${drop.counter}`,
  );
  byDrop.delete(undefined);
  return [...byDrop.values()].map((receivers) => {
    const [{ ingress: { drop, hops }, ofport }] = receivers as [FloodReceiver];
    // Of a chain with a blocked member, packets that come back would have to pass the rules again: all are dropped.
    const dropped = hops.length > 0 ? { counter: drop!.counter } : drop!;
    return { drop: dropped, receivers, number: ofport };
  });
}

/**
 * The hops whose receivers are all of one VLAN. Only what goes there may lose its tag: nothing else shows the VLAN of what
 * comes back, as packets of several VLANs may have the same MACs.
 */
export function hopsOfOneVLAN(domains: readonly Domain[]): ReadonlySet<number> {
  const all = domains.flatMap((domain) => [...hopsOf(domain)].map(numberOf));
  return new Set(all.filter((number) => all.indexOf(number) === all.lastIndexOf(number)));
}

/** The hops of all domains, each once. */
export function hopsOfAll(domains: readonly Domain[]): EnteredHop[] {
  const found = new Map<number, EnteredHop>();
  for (const hop of domains.flatMap(hopsOf)) {
    const known = found.get(numberOf(hop));
    found.set(numberOf(hop), known ? forBoth(known, hop) : hop);
  }
  return [...found.values()];
}
