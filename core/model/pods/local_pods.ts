/** The node's Pods that TrafficControls can select, and their ports on the bridge. @module */
import type { Attachment, Memory, Resolver } from "../../contracts/mod.ts";
import { canonical } from "../../base/canonical.ts";
import type { BridgePorts } from "../ports/bridge_ports.ts";
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import { Claims, RANK } from "./claims.ts";
import { LastPlaces } from "./last_places.ts";
import { findPlaces, type Found, type Place, TRUST } from "./places.ts";
import { addressesOf, ipThing, isFromFile, macThing, portsOf } from "./statements.ts";

const FINISHED: ReadonlySet<string | undefined> = new Set(["Succeeded", "Failed"]);

/**
 * Whether TrafficControls can select the Pod: it is on this node and has a port of its own. A host-network Pod has none,
 * and a finished Pod has none any more.
 *
 * @param node Name of this node; if it is absent, every Pod is taken for local.
 */
export function selectable(pod: PodObject, node: string | undefined): boolean {
  const local = pod.nodeName === undefined || node === undefined || pod.nodeName === node;
  return local && !pod.hostNetwork && !FINISHED.has(pod.phase);
}

/** A port of a Pod on the bridge. */
export interface PodAttachment extends Attachment {
  /** The Pod says by annotation that it has a MAC which is another's, so its own MACs are not sure. */
  readonly wrongMAC?: true;
  /** Only a tenant says that the Pod has these MACs. They may be those of somebody behind another port. */
  readonly unproved?: true;
}

/** The ports of a Pod on the bridge, and what hinders that they are known. */
export interface PodLocation {
  readonly attachments: readonly PodAttachment[];
  readonly conditions: readonly Condition[];
}

const NOWHERE: PodLocation = { attachments: [], conditions: [] };
const NOT_FOUND: Found = { places: [], conditions: [], failed: false };

export interface LocalPodsOptions {
  /** In the order in which they are asked. */
  readonly resolvers: readonly Resolver[];
  /** All known resolvers, whether they are asked or not: ports with their marks cannot be claimed. */
  readonly marking?: readonly Resolver[];
  readonly ports: BridgePorts<PodKey>;
  readonly isBridge?: (name: string) => boolean;
  /** Where Pods have ports, in words: the bridge, if it is absent. */
  readonly where?: string;
  /** Keeps where Pods are over a restart of the agent. */
  readonly memory?: Memory | undefined;
  readonly now?: () => Date;
}

export class LocalPods {
  #pods = new Map<PodKey, PodObject>();
  #found = new Map<PodKey, Found>();
  #locations = new Map<PodKey, PodLocation>();
  readonly #portClaims = new Claims();
  readonly #addressClaims = new Claims();
  /** When the annotations of a Pod of the API server were changed last, while this agent ran. */
  readonly #changedAt = new Map<PodKey, string>();
  readonly #last: LastPlaces;
  #options: LocalPodsOptions;
  #marks: ReadonlyMap<string, string>;

  constructor(options: LocalPodsOptions) {
    this.#options = options;
    this.#marks = marksOf(options.marking ?? options.resolvers);
    this.#last = new LastPlaces(options.ports, () => this.#marks.keys(), options.memory);
  }

  /** The next call of `resolve` asks these resolvers. @param marking See `LocalPodsOptions`. */
  useResolvers(resolvers: readonly Resolver[], marking: readonly Resolver[] = resolvers): void {
    this.#options = { ...this.#options, resolvers };
    this.#marks = marksOf(marking);
  }

  keys(): IterableIterator<PodKey> {
    return this.#pods.keys();
  }
  get(key: PodKey): PodObject | undefined {
    return this.#pods.get(key);
  }
  locationOf(key: PodKey): PodLocation {
    return this.#locations.get(key) ?? NOWHERE;
  }
  /** Whether the Pod is known to have a port on the bridge. */
  hasPort(key: PodKey): boolean {
    return this.locationOf(key).attachments.length > 0;
  }

  /** Pods that have the MAC. If several have it, it identifies none of them. @param mac In lower case. */
  withMAC(mac: string): ReadonlySet<PodKey> {
    return this.#addressClaims.holders(macThing(mac));
  }

  /** Pods that have the IP address. In different VLANs, several can have the same one. */
  withIP(ip: string): ReadonlySet<PodKey> {
    return this.#addressClaims.holders(ipThing(ip));
  }

  set(pod: PodObject): void {
    const key = podKey(pod);
    const before = this.#pods.get(key);
    if (before?.uid !== pod.uid) this.#changedAt.delete(key);
    else if (!isFromFile(pod) && canonical(before.annotations) !== canonical(pod.annotations)) {
      const { now = () => new Date() } = this.#options;
      this.#changedAt.set(key, now().toISOString());
    }
    this.#pods.set(key, pod);
  }

  /** All Pods are known now. Forgets where those were that went while no agent ran. */
  forgetVanished(): void {
    this.#last.forgetVanished((key) => this.#pods.has(key));
  }

  /** @returns The Pods whose location may be another one now. */
  delete(key: PodKey): ReadonlySet<PodKey> {
    this.#options.ports.forget(key);
    this.#last.forget(key);
    this.#changedAt.delete(key);
    if (!this.#pods.has(key)) return new Set();
    const touched = this.#settle(key, NOT_FOUND);
    this.#pods.delete(key);
    this.#locations.delete(key);
    return touched;
  }

  /**
   * Asks the resolvers for the Pod's ports again.
   *
   * @returns The Pods whose location may be another one now: also those that say that they have one of its ports, MACs or
   * IP addresses, now or before.
   */
  resolve(key: PodKey): ReadonlySet<PodKey> {
    const pod = this.#pods.get(key);
    if (!pod) return new Set();
    const { ports } = this.#options;
    const { attachments } = this.locationOf(key);
    const isRight = (name: string) => !attachments.find(({ port }) => port === name)?.wrongMAC;
    const changedAt = this.#changedAt.get(key);
    const ask = () => {
      const found = this.#last.completed(pod, this.#find(pod), { isRight, changedAt });
      return { ...found, places: found.places.map((place) => this.#compared(place)) };
    };
    return this.#settle(key, ports.askedBy(key, ask));
  }

  /** Compares the MACs that annotations say with those of the bridge's other ports. */
  #compared(place: Place): Place {
    if (place.ranks.macs === RANK.cni) return place;
    const taken = new Map(place.macs.flatMap((mac) => {
      const owner = this.#options.ports.withMAC(mac).find(({ name }) => name !== place.port);
      return owner ? [[mac, owner.name] as const] : [];
    }));
    return taken.size > 0 ? { ...place, taken } : place;
  }

  #find(pod: PodObject): Found {
    const { resolvers, ports, isBridge = () => false, where = "the bridge" } = this.#options;
    const found = findPlaces(pod, { resolvers, ports, isBridge, marks: this.#marks });
    if (found.places.length > 0 || found.conditions.length > 0) return found;
    const message = `No resolver finds a port of Pod "${podKey(pod)}" on ${where}`;
    const cure = pod.isTenants
      ? `is it there, with the mark of its CNI? If it has none, set the annotation sluice.dev/ovs-port, and ${TRUST}`
      : "is it there, or does it need the annotation sluice.dev/ovs-port?";
    return { ...found, conditions: [condition("NoPort", message, cure)] };
  }

  #settle(key: PodKey, found: Found): ReadonlySet<PodKey> {
    this.#found.set(key, found);
    const ports = portsOf(this.#pods.get(key)!, found.places);
    const touched = new Set([key, ...this.#portClaims.set(key, ports)]);
    for (const pod of [...touched]) {
      const addresses = addressesOf(this.#pods.get(pod)!, this.#held(pod));
      for (const other of this.#addressClaims.set(pod, addresses)) touched.add(other);
    }
    for (const pod of touched) this.#locations.set(pod, this.#locate(pod));
    if (found === NOT_FOUND) this.#found.delete(key);
    return touched;
  }

  /** The Pod's places, without ports that another Pod has. */
  #held(pod: PodKey): Place[] {
    const { places } = this.#found.get(pod) ?? NOT_FOUND;
    return places.filter(({ port }) => this.#portClaims.holders(port).has(pod));
  }

  #locate(pod: PodKey): PodLocation {
    const { places, conditions } = this.#found.get(pod) ?? NOT_FOUND;
    const held = this.#held(pod);
    const has = (thing: string) => this.#addressClaims.holders(thing).has(pod);
    const losses = [
      ...places.filter((place) => !held.includes(place)).map(({ port }) =>
        lost(pod, `port "${port}"`, podsNamed(this.#portClaims.holders(port)))
      ),
      ...held.flatMap(({ macs }) => macs).filter((mac) => !has(macThing(mac))).map((mac) =>
        lost(pod, `MAC ${mac}`, podsNamed(this.withMAC(mac)))
      ),
      ...held.flatMap(({ taken = [] }) => [...taken]).map(([mac, port]) =>
        lost(pod, `MAC ${mac}`, `port "${port}"`)
      ),
    ];
    const attachments = held.map(({ port, macs, ips, match, taken, ranks }) => {
      const own = macs.filter((mac) => has(macThing(mac)) && !taken?.has(mac));
      return {
        port,
        macs: own,
        ips: ips.filter((ip) => has(ipThing(ip))),
        match,
        ...(own.length < macs.length && { wrongMAC: true as const }),
        ...(ranks.macs !== RANK.cni && this.#pods.get(pod)!.isTenants &&
          { unproved: true as const }),
      };
    });
    return { attachments, conditions: [...conditions, ...losses] };
  }
}

const podsNamed = (pods: ReadonlySet<PodKey>) => `Pod "${[...pods].sort().join(", ")}"`;

function lost(pod: PodKey, what: string, whose: string): Condition {
  const message = `Pod "${pod}" says that it has ${what}, which is that of ${whose}`;
  return warning("ClaimRefused", message, "correct its annotations");
}

function marksOf(resolvers: readonly Resolver[]): ReadonlyMap<string, string> {
  return new Map(
    resolvers.flatMap(({ name, marks = [] }) => marks.map((mark) => [mark, name] as const)),
  );
}
