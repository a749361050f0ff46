/**
 * Where each Pod was found last. A Pod whose place becomes unknown stays there, so that nothing that its annotations say,
 * and no resolver that fails, takes it out of its treatment.
 * @module
 */
import { canonical } from "../../base/canonical.ts";
import { asWarning } from "../../contracts/condition.ts";
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import type { BridgePorts } from "../ports/bridge_ports.ts";
import { RANK } from "./claims.ts";
import type { Found, Place } from "./places.ts";

interface LastPlace {
  readonly place: Place;
  /** What was on the bridge under the port's name: see `birthOf`. */
  readonly port: string;
}
interface Last {
  /** Of the Pod: a later Pod of the same name has another one. */
  readonly uid: string;
  readonly places: readonly LastPlace[];
}

export class LastPlaces {
  readonly #ports: BridgePorts<PodKey>;
  readonly #last = new Map<PodKey, Last>();

  constructor(ports: BridgePorts<PodKey>) {
    this.#ports = ports;
  }

  forget(key: PodKey): void {
    this.#last.delete(key);
  }

  /**
   * What was found, with what was known before and is missing now.
   *
   * @param isRight Whether the MACs that the Pod had at a port were its own.
   */
  completed(pod: PodObject, found: Found, isRight: (port: string) => boolean): Found {
    const key = podKey(pod);
    const unchanged = this.#unchanged(key, pod.uid);
    const isUnknown = found.places.length === 0 || found.failed;
    const completed = isUnknown && unchanged.length > 0
      ? { ...found, places: unchanged, conditions: found.conditions.map(asWarning) }
      : found;
    const places = completed.places.map((place) => {
      const first = unchanged.find(({ port }) => port === place.port);
      return pod.isTenants
        ? withFirstAddresses(place, { first, isRight: isRight(place.port) })
        : place;
    });
    this.#remember(key, pod.uid, places);
    return { ...completed, places };
  }

  #remember(key: PodKey, uid: string, places: readonly Place[]): void {
    const known = places.flatMap((place) => {
      const port = this.#birthOf(place.port);
      return port === undefined ? [] : [{ place, port }];
    });
    if (known.length > 0) this.#last.set(key, { uid, places: known });
    else this.#last.delete(key);
  }

  /** The places whose ports are on the bridge as they were then. */
  #unchanged(key: PodKey, uid: string): Place[] {
    const last = this.#last.get(key);
    if (!last || last.uid !== uid) return [];
    return last.places.filter(({ place, port }) => this.#birthOf(place.port) === port)
      .map(({ place }) => place);
  }

  /** A text that differs if the port was made again, or if its owner has marked it otherwise. */
  #birthOf(name: string): string | undefined {
    const port = this.#ports.named(name);
    return port && `${port.interfaceUUID} ${canonical(port.external_ids)}`;
  }
}

/**
 * Addresses that a tenant's annotations gave first stay as long as the port does: otherwise the tenant could change them
 * later. A MAC that was another Pod's does not stay.
 */
function withFirstAddresses(place: Place, { first, isRight }: {
  readonly first: Place | undefined;
  readonly isRight: boolean;
}): Place {
  if (!first) return place;
  const { macs, ips } = first.ranks;
  const keepsMACs = isRight && first.macs.length > 0 &&
    (place.macs.length === 0 || place.ranks.macs !== RANK.cni);
  const keepsIPs = ips !== RANK.cni;
  return {
    ...place,
    ...(keepsMACs && { macs: first.macs }),
    ...(keepsIPs && { ips: first.ips }),
    ranks: { ...place.ranks, ...(keepsMACs && { macs }), ...(keepsIPs && { ips }) },
  };
}
