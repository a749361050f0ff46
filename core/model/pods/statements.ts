/** What a Pod says is its own, with what decides if another Pod says the same. Pure. @module */
import { ageOf } from "../../objects/compile.ts";
import { podKey, type PodObject } from "../../objects/types.ts";
import { type Claim, RANK, type Rank, type Statement } from "./claims.ts";
import type { Place } from "./places.ts";

export const macThing = (mac: string) => `mac ${mac}`;
export const ipThing = (ip: string) => `ip ${ip}`;

/** The operator writes files, and no file has a time of creation, unless it was copied from an API server. */
export function isFromFile({ creationTimestamp }: PodObject): boolean {
  return creationTimestamp === undefined;
}

/** The Pod's ports. Only one Pod has a port. */
export function portsOf(pod: PodObject, places: readonly Place[]): Statement {
  return new Map(places.map((place) => {
    const rank = place.ranks.port;
    return [place.port, { rank, age: ageAt(pod, place, rank), canBeShared: false }];
  }));
}

/**
 * The Pod's addresses. A CNI, and the operator by files, can give one MAC to Pods in different VLANs. Otherwise a shared
 * MAC would only take the Pod that had it first out of its redirect. No annotation of Sluice's gives an IP address, so
 * those of a claimed port are of the Pod's status or of the port's row.
 */
export function addressesOf(pod: PodObject, places: readonly Place[]): Statement {
  return new Map(places.flatMap((place): (readonly [string, Claim])[] => {
    const { macs, ips, ranks } = place;
    const [atMACs, atIPs] = [ranks.macs, ranks.ips];
    const mac = {
      rank: atMACs,
      age: ageAt(pod, place, atMACs),
      canBeShared: atMACs === RANK.cni || atMACs === RANK.annotation && isFromFile(pod),
    };
    const ip = {
      rank: atIPs,
      age: ageAt(pod, place, atIPs),
      canBeShared: atIPs !== RANK.annotationAtOwnPort,
    };
    return [
      ...macs.map((each) => [macThing(each), mac] as const),
      ...ips.map((each) => [ipThing(each), ip] as const),
    ];
  }));
}

/** An annotation can say something new at any time: it is then as old as that. The CNI's word is as old as the Pod. */
function ageAt(pod: PodObject, { since }: Place, rank: Rank): string {
  const creationTimestamp = rank === RANK.cni
    ? pod.creationTimestamp
    : since ?? pod.creationTimestamp;
  return ageOf({
    name: podKey(pod),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
  });
}
