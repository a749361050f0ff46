/**
 * Where each Pod was found last. A Pod whose place becomes unknown stays there, so that nothing that its annotations say,
 * and no resolver that fails, takes it out of its treatment.
 * @module
 */
import { asWarning } from "../../contracts/condition.ts";
import type { Memory } from "../../contracts/mod.ts";
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
  readonly #marks: () => Iterable<string>;
  readonly #last: Memory;
  #isSwept = false;

  /**
   * @param marks Keys of `external_ids` by which CNIs say whose a port is.
   * @param memory Keeps the places over a restart of the agent; if absent, a restart loses them.
   */
  constructor(
    ports: BridgePorts<PodKey>,
    marks: () => Iterable<string>,
    memory: Memory = memoryOf(new Map()),
  ) {
    this.#ports = ports;
    this.#marks = marks;
    this.#last = memory;
  }

  forget(key: PodKey): void {
    this.#last.delete(key);
  }

  /** Forgets the Pods for which `exists` returns false: they went while no agent ran. Only the first call has to look. */
  forgetVanished(exists: (key: PodKey) => boolean): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    for (const key of this.#last.keys()) if (!exists(key)) this.#last.delete(key);
  }

  /**
   * What was found, with what was known before and is missing now.
   *
   * @param around.isRight Whether the MACs that the Pod had at a port were its own.
   * @param around.changedAt When the Pod's annotations were changed last, if they were.
   */
  completed(pod: PodObject, found: Found, { isRight, changedAt }: {
    readonly isRight: (port: string) => boolean;
    readonly changedAt: string | undefined;
  }): Found {
    const key = podKey(pod);
    const unchanged = this.#unchanged(key, pod.uid);
    const isUnknown = found.places.length === 0 || found.failed;
    const completed = isUnknown && unchanged.length > 0
      ? { ...found, places: unchanged, conditions: found.conditions.map(asWarning) }
      : found;
    const places = completed.places.map((place) => {
      const first = unchanged.find(({ port }) => port === place.port);
      const kept = pod.isTenants
        ? withFirstAddresses(place, { first, isRight: isRight(place.port) })
        : place;
      const since = first && saysSame(first, kept) ? first.since : changedAt;
      return { ...kept, ...(since !== undefined && { since }) };
    });
    this.#remember(key, pod.uid, places);
    return { ...completed, places };
  }

  #remember(key: PodKey, uid: string, places: readonly Place[]): void {
    const known = places.flatMap((place) => {
      const port = this.#birthOf(place.port);
      return port === undefined ? [] : [{ place, port }];
    });
    const last: Last = { uid, places: known };
    // Without any, the ports are away, perhaps only until OVSDB or the owner has them again.
    if (known.length > 0) this.#last.set(key, last);
  }

  /** The places whose ports are on the bridge as they were then. */
  #unchanged(key: PodKey, uid: string): Place[] {
    const last = this.#last.get(key);
    if (!isLast(last) || last.uid !== uid) return [];
    return last.places.filter(({ place, port }) => this.#birthOf(place.port) === port)
      .map(({ place }) => place);
  }

  /**
   * A text that differs if the port was made again, or if a CNI says that it is another Pod's. Other keys of
   * `external_ids` may change at any time, and then a tenant must not be able to say something new.
   */
  #birthOf(name: string): string | undefined {
    const port = this.#ports.named(name);
    const marks = [...this.#marks()].sort().map((key) => port?.external_ids[key]);
    return port && JSON.stringify([port.interfaceUUID, ...marks]);
  }
}

function memoryOf(map: Map<string, unknown>): Memory {
  return {
    keys: () => [...map.keys()],
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    delete: (key) => void map.delete(key),
  };
}

function saysSame(one: Place, other: Place): boolean {
  return one.macs.join() === other.macs.join() && one.ips.join() === other.ips.join();
}

/** Whether a value of the memory is what this version writes there. */
function isLast(value: unknown): value is Last {
  const { uid, places } = Object(value) as Partial<Last>;
  return typeof uid === "string" && Array.isArray(places) && places.every(isLastPlace);
}

function isLastPlace(value: unknown): boolean {
  const { port, place } = Object(value) as Partial<LastPlace>;
  const { port: name, macs, ips, ranks, since } = Object(place) as Partial<Place>;
  return typeof port === "string" && typeof name === "string" && Array.isArray(macs) &&
    Array.isArray(ips) && typeof ranks === "object" &&
    (since === undefined || !Number.isNaN(Date.parse(since)));
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
