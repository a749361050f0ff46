/** The Pods' ports to which the bridge sends broadcast and multicast, and what is done to the packets they receive. @module */
import { canonical } from "../../base/canonical.ts";
import type {
  FloodPorts,
  FloodReceiver,
  RealizedTreatment,
  VLANPort,
} from "../../contracts/mod.ts";
import type { PodKey } from "../../objects/types.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import type { Flow } from "../../openflow/mod.ts";
import { highestPriority, isNormal } from "./owner_flooding.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
import { isScoped } from "./legs.ts";
import { realize, type RealizeContext } from "./realize.ts";

/** Key of the part with the rows for packets that the bridge sends to many ports. */
export const FLOOD_PART = "flood";
/** Key of the part with the rows that find the VLAN of a packet to an IP that several Pods have. */
export const VLAN_PART = "vlans";

type TreatedReceiver = TreatedPort & Required<Pick<TreatedPort, "ingress">>;

/** If the CNI routes, the bridge does not flood packets to the Pods. */
const receives = (port: TreatedPort): port is TreatedReceiver =>
  port.match === "mac" && port.ingress !== undefined;

/** Whether both are the same for packets that are flooded. */
function isSame(one: readonly TreatedReceiver[], other: readonly TreatedReceiver[]): boolean {
  return one.length === other.length &&
    one.every((port, index) =>
      port.port === other[index]!.port && kindOf(port) === kindOf(other[index]!) &&
      port.ingress.id === other[index]!.ingress.id
    );
}

/** The ports of the bridge by which broadcast and multicast come in and go out. */
export interface BridgeFloodPorts {
  withVLANs(): readonly VLANPort[];
  /** Those to which NORMAL sends a packet that it floods; nothing if it may do otherwise. */
  flooded(): readonly (VLANPort & { readonly name: string })[] | undefined;
}

/** Whether the owner's flows send everything to NORMAL, and whether the bridge's settings let it flood to every port. */
interface Facts {
  readonly isNormal: boolean;
  readonly floodsToAll: boolean;
}

export interface FloodSurroundings extends RealizeContext {
  /** Whether the pipeline needs only some of the receivers: `floodNeedsFew` of its type. */
  readonly needsFew: () => boolean;
}

/**
 * Receivers of a kind: they differ in nothing but their ports, and the TrafficControls that ask for copies of whole packets.
 */
class Kind extends Set<TreatedReceiver> {
  /** How many of them have which treatment of received packets, by its id. */
  readonly #treatments = new Map<number, number>();

  /** Whether the copies are asked for by different TrafficControls. */
  get isMixed(): boolean {
    return this.#treatments.size > 1;
  }
  override add(receiver: TreatedReceiver): this {
    if (!this.has(receiver)) this.#count(receiver, 1);
    return super.add(receiver);
  }
  override delete(receiver: TreatedReceiver): boolean {
    if (this.has(receiver)) this.#count(receiver, -1);
    return super.delete(receiver);
  }
  #count({ ingress: { id } }: TreatedReceiver, more: 1 | -1): void {
    const count = (this.#treatments.get(id) ?? 0) + more;
    if (count > 0) this.#treatments.set(id, count);
    else this.#treatments.delete(id);
  }
}
/** The id of no counter. */
const NOBODY = 0;
/** Of receivers that are not diverted, this many of a kind show that there are several. */
const SEVERAL = 2;

const kindOf = ({ vlans, egress, ingress }: TreatedReceiver) =>
  canonical([vlans, egress && kindOfTreatment(egress), kindOfTreatment(ingress)]);

const kinds = new WeakMap<CombinedTreatment, string>();
/** A treatment that only copies whole packets is like another one with these copies. */
function kindOfTreatment(combined: CombinedTreatment): string {
  return kinds.getOrInsertComputed(combined, ({ id, copies, hops, drop }) => {
    const isPlain = hops.length === 0 && !drop && !copies.some(isScoped);
    return isPlain ? canonical(copies) : `${id}`;
  });
}

/** Whether what the Pods receive is redirected or dropped. All of a kind have the same treatment. */
function isDiverted(kind: Kind): boolean {
  const [{ ingress: { hops, drop } }] = kind.values().take(1).toArray() as [TreatedReceiver];
  return drop === true || hops.length > 0;
}

export class FloodReceivers {
  readonly #ports = new Map<PodKey, readonly TreatedReceiver[]>();
  /** By what the receivers of the kind have in common. */
  readonly #kinds = new Map<string, Kind>();
  readonly #around: FloodSurroundings;
  readonly #sharing = new Set<PodKey>();
  #facts: Facts = { isNormal: false, floodsToAll: false };
  /** The highest priority of the owner's flows in table 0. */
  #highest = 0;
  readonly #dirty: Set<string>;

  /** @param dirty Keys of the parts whose flows must be written again. */
  constructor(dirty: Set<string>, around: FloodSurroundings) {
    this.#dirty = dirty;
    this.#around = around;
  }

  /** The receivers whose ports are on the bridge, in the order of the ports' numbers: the same one after every restart. */
  realized(): FloodReceiver[] {
    const { find } = this.#around;
    return [...this.#kinds.values()].flatMap((kind) =>
      this.#needed(kind).map(({ port, vlans, egress, ingress }) => ({
        ofport: find(port)!.ofport,
        vlans,
        ...(egress && { egress: realize(egress, "egress", this.#around) }),
        ingress: this.#received(ingress, kind),
      }))
    ).sort((one, other) => one.ofport - other.ofport);
  }

  /** If it would be by chance for whom a copy counts, it counts for nobody. */
  #received(ingress: CombinedTreatment, kind: Kind): RealizedTreatment {
    const realized = realize(ingress, "ingress", this.#around);
    if (!kind.isMixed) return realized;
    const copies = realized.copies.map((copy) => ({ ...copy, counter: NOBODY }));
    return { ...realized, copies };
  }

  /** Those of a kind that the pipeline is given. */
  #needed(kind: Kind): TreatedReceiver[] {
    const { find, needsFew } = this.#around;
    const most = needsFew() && !isDiverted(kind) ? SEVERAL : Infinity;
    return kind.values().filter(({ port }) => find(port) !== undefined).take(most).toArray();
  }

  /** Whether the kind has so many that one more makes no difference. */
  #hasEnough(kind: Kind): boolean {
    return kind.size >= SEVERAL && this.#around.needsFew() && !isDiverted(kind) &&
      this.#needed(kind).length === SEVERAL;
  }

  /** Takes the flows of the owner in table 0. */
  observe(foreign: readonly Flow[]): void {
    this.#highest = highestPriority(foreign);
    this.setFacts({ isNormal: isNormal(foreign) });
  }

  setFacts(changed: Partial<Facts>): void {
    const before = this.#facts;
    this.#facts = { ...before, ...changed };
    const { isNormal, floodsToAll } = this.#facts;
    if (isNormal !== before.isNormal || floodsToAll !== before.floodsToAll) this.touch();
  }

  /** Whether the rows may have to change because of a change of this flow of the owner. */
  dependOn(flow: Flow): boolean {
    const diverting = this.#kinds.values().some(isDiverted);
    return flow.table === 0 && diverting && flow.priority >= this.#highest;
  }

  /** @param targets Names of ports to which flows of Sluice send packets: the bridge does not flood into them. */
  ports(bridge: BridgeFloodPorts, targets: ReadonlySet<string>): FloodPorts {
    const { isNormal, floodsToAll } = this.#facts;
    // Only as far as they are asked for: there may be many ports.
    return {
      get withVLANs() {
        return bridge.withVLANs();
      },
      get flooded() {
        return isNormal && floodsToAll
          ? bridge.flooded()?.filter(({ name }) => !targets.has(name))
          : undefined;
      },
    };
  }

  /** Whether a Pod has an IP that another Pod has, too. */
  get shareIPs(): boolean {
    return this.#sharing.size > 0;
  }

  /** Takes the ports of a Pod. */
  set(pod: PodKey, ports: readonly TreatedPort[]): void {
    const { shareIPs } = this;
    if (ports.some(({ sharedIPs, ingress }) => sharedIPs && ingress)) this.#sharing.add(pod);
    else this.#sharing.delete(pod);
    if (shareIPs !== this.shareIPs) this.#dirty.add(VLAN_PART);
    const receiving = ports.filter(receives);
    const before = this.#ports.get(pod) ?? [];
    if (isSame(before, receiving)) return;
    for (const receiver of receiving) this.#join(receiver);
    for (const receiver of before) this.#leave(receiver);
    if (receiving.length > 0) this.#ports.set(pod, receiving);
    else this.#ports.delete(pod);
  }

  #join(receiver: TreatedReceiver): void {
    const kind = this.#kinds.getOrInsertComputed(kindOf(receiver), () => new Kind());
    const { isMixed } = kind;
    if (!this.#hasEnough(kind)) this.touch();
    kind.add(receiver);
    if (isMixed !== kind.isMixed) this.touch();
  }

  #leave(receiver: TreatedReceiver): void {
    const kind = this.#kinds.get(kindOf(receiver))!;
    const { isMixed } = kind;
    kind.delete(receiver);
    if (!this.#hasEnough(kind) || isMixed !== kind.isMixed) this.touch();
    if (kind.size === 0) this.#kinds.delete(kindOf(receiver));
  }

  /** The rows must be written again. */
  touch(): void {
    this.#dirty.add(FLOOD_PART);
    this.#dirty.add(VLAN_PART);
  }
}
