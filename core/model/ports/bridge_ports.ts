/**
 * The ports of the bridge as OVSDB shows them, with indexes, and with a memory of who looked up which ports.
 * @module
 */
import { canonical } from "../../base/canonical.ts";
import {
  ALL_VLANS,
  type InterfaceRow,
  type PortView,
  type PortVLANs,
  type VLANPort,
} from "../../contracts/mod.ts";
import { PORT } from "../../openflow/mod.ts";

/** One interface of the bridge, joined with its Port row. The columns are those of ovs-vswitchd.conf.db(5). */
export interface BridgePort extends InterfaceRow {
  readonly options: Readonly<Record<string, string>>;
  /** Why Open vSwitch could not make the port; absent if it could. */
  readonly error?: string;
  /** In bytes. */
  readonly mtu?: number;
  /** In bytes: the column `mtu_request`, if the owner or Sluice has set it. */
  readonly mtuRequest?: number;
  readonly linkUp?: boolean;
  /** A tunnel for which Open vSwitch has no route, on a bridge in userspace: its packets are lost. */
  readonly unrouted?: boolean;
  /** Name of the device by which a tunnel's packets leave the node. */
  readonly egressDevice?: string;
  /** Absent if the port's row has no setting for VLANs, so that it carries all of them. */
  readonly vlans?: PortVLANs;
  /** The action NORMAL does not forward between ports with this setting: column `protected`. */
  readonly isProtected?: true;
  /** It is one of several interfaces of a port, which is a bond. */
  readonly isInBond?: true;
  /** The port's row keeps the action NORMAL from sending packets to it, as the rows of Sluice's ports do. */
  readonly outOfForwarding?: boolean;
  /** A port of the owner's that the bridge's spanning tree may block. Sluice keeps its own ports out of it. */
  readonly inSpanningTree?: boolean;
  /** Sluice made the port: it has Sluice's mark in `external_ids`. */
  readonly ours: boolean;
  /** `PLANNED` if the port is only planned. */
  readonly interfaceUUID: string;
  readonly portUUID: string;
}

/** In place of the UUID of a port that is not made yet: `sluice plan` takes it for one that is. */
export const PLANNED = "";

/** Whether flows that concern the port may have to differ. */
export function differInFlows(one: BridgePort | undefined, other: BridgePort | undefined): boolean {
  const said = (port: BridgePort | undefined) =>
    canonical([
      port?.ofport,
      port?.vlans,
      port?.isProtected,
      port?.options,
      port?.egressDevice,
      port?.mac_in_use,
    ]);
  return said(one) !== said(other);
}

/** The number of a bridge's own port in the column `ofport`: OFPP_LOCAL in 16 bits. */
export const LOCAL_NUMBER = 0xfffe;

/** A look-up in a `PortView`, written as a key. */
type Question = string;
const byName = (name: string): Question => `name ${name}`;
const byID = (key: string, value: string): Question => `id ${key}=${value}`;
const byMAC = (mac: string): Question => `mac ${mac}`;

/**
 * The ports of the bridge. It remembers which look-ups each asker made, so that `set` can say whose answers changed.
 * `Asker` is the type of an asker's name; in the model it is the key of a Pod.
 */
export class BridgePorts<Asker> implements PortView {
  #ports = new Map<string, BridgePort>();
  #answers = new Map<Question, Set<string>>();
  #askers = new Map<Question, Set<Asker>>();
  #asked = new Map<Asker, Set<Question>>();
  #asking: Asker | undefined;

  named(name: string): BridgePort | undefined {
    this.#remember(byName(name));
    return this.#ports.get(name);
  }

  withExternalID(key: string, value: string): readonly BridgePort[] {
    return this.#answer(byID(key, value));
  }

  /** The ports that have this MAC themselves, as devices of the node do. @param mac In lower case. */
  withMAC(mac: string): readonly BridgePort[] {
    return this.#answer(byMAC(mac));
  }

  #answer(question: Question): readonly BridgePort[] {
    this.#remember(question);
    // Sorted, as OVSDB reports the ports in another order after each restart.
    return [...this.#answers.get(question) ?? []].sort().map((name) => this.#ports.get(name)!);
  }

  [Symbol.iterator](): IterableIterator<BridgePort> {
    return this.#ports.values();
  }

  /** The bridge's own port, which OpenFlow calls LOCAL. */
  local(): BridgePort | undefined {
    return [...this].find(({ ofport }) => ofport === LOCAL_NUMBER);
  }

  /**
   * The ports to which NORMAL sends a packet that it floods, in the order of their numbers. Sluice's own are not among
   * them.
   *
   * @returns Nothing if the ports have settings that let NORMAL do otherwise: bonds, protected ports, ports for QinQ.
   */
  flooded(): (VLANPort & { readonly name: string })[] | undefined {
    const ports = [...this].filter(({ ours, ofport }) => !ours && ofport !== undefined);
    const isBond = new Set(ports.map(({ portUUID }) => portUUID)).size < ports.length;
    const isSpecial = ({ isProtected, vlans }: BridgePort) =>
      isProtected || vlans?.mode === "dot1q-tunnel";
    if (isBond || ports.some(isSpecial)) return undefined;
    return ports.map(({ name, ofport, vlans = ALL_VLANS }) => ({
      name,
      ofport: ofport === LOCAL_NUMBER ? PORT.LOCAL : ofport!,
      vlans,
    })).sort((one, other) => one.ofport - other.ofport);
  }

  /**
   * The ports that have a setting for VLANs and an OpenFlow port number, in the order of these numbers. Sluice's own are
   * not among them.
   */
  withVLANs(): VLANPort[] {
    return [...this].flatMap(({ ours, ofport, vlans }) =>
      ofport !== undefined && vlans && !ours
        ? [{ ofport: ofport === LOCAL_NUMBER ? PORT.LOCAL : ofport, vlans }]
        : []
    ).sort((one, other) => one.ofport - other.ofport);
  }

  /** Runs `ask`, and remembers its look-ups as those of `asker`, in place of earlier ones. */
  askedBy<T>(asker: Asker, ask: () => T): T {
    this.forget(asker);
    this.#asking = asker;
    try {
      return ask();
    } finally {
      this.#asking = undefined;
    }
  }

  /** Forgets all look-ups of `asker`. */
  forget(asker: Asker): void {
    for (const question of this.#asked.get(asker) ?? []) {
      const askers = this.#askers.get(question)!;
      askers.delete(asker);
      if (askers.size === 0) this.#askers.delete(question);
    }
    this.#asked.delete(asker);
  }

  /** @returns The askers who must look up their ports again. @param port Nothing if the port is gone. */
  set(name: string, port: BridgePort | undefined): ReadonlySet<Asker> {
    const before = this.#ports.get(name);
    const touched = [...questionsOf(before), ...questionsOf(port)];
    for (const question of questionsOf(before)) this.#answers.get(question)?.delete(name);
    if (port) this.#ports.set(name, port);
    else this.#ports.delete(name);
    for (const question of questionsOf(port)) {
      this.#answers.set(question, (this.#answers.get(question) ?? new Set()).add(name));
    }
    for (const question of touched) {
      if (this.#answers.get(question)?.size === 0) this.#answers.delete(question);
    }
    return new Set(touched.flatMap((question) => [...this.#askers.get(question) ?? []]));
  }

  #remember(question: Question): void {
    const asker = this.#asking;
    if (asker === undefined) return;
    this.#asked.set(asker, (this.#asked.get(asker) ?? new Set()).add(question));
    this.#askers.set(question, (this.#askers.get(question) ?? new Set()).add(asker));
  }
}

function questionsOf(port: BridgePort | undefined): Question[] {
  if (!port) return [];
  const ids = Object.entries(port.external_ids).map(([key, value]) => byID(key, value));
  const macs = port.mac_in_use === undefined ? [] : [byMAC(port.mac_in_use.toLowerCase())];
  return [byName(port.name), ...ids, ...macs];
}
