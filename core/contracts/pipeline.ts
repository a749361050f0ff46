/** The contract of a pipeline: how treatments become flows. @module */
import type { Treatment } from "./action.ts";
import type {
  Filter,
  LeftHop,
  Leg,
  PacketCounter,
  PacketDirection,
  PodCounter,
  RealizedCopy,
  RealizedHop,
} from "./realized.ts";
import type { ProbeSettings } from "./probe.ts";
import type { Match } from "../openflow/mod.ts";
import type { Row, RowDeclaration, TableDeclaration } from "./row.ts";
import type { Choice } from "./choice.ts";
import type { SwitchPort } from "./switch_port.ts";
import type { Attachment } from "./resolver.ts";
import type { PortVLANs, VLANPort } from "./vlans.ts";

/** The target port and the return port of a hop. Both may be the same port. No other pair has one of them. */
export interface Pair {
  readonly target: SwitchPort;
  readonly return: SwitchPort;
  /** Present if its hop has a choice: the number of that choice. */
  readonly choice?: number;
  /** Present if its sensor is probed: probes that come back by the return port must go to Sluice alone. */
  readonly probe?: ProbeSettings;
}

/** A treatment whose ports are on the bridge. */
export interface RealizedTreatment {
  /** 1 to 2^32 - 1. Equal treatments have one id, so that the number of flows grows with different treatments only. */
  readonly id: number;
  /** Copies with at least one port on the bridge; other ports are left out. */
  readonly copies: readonly RealizedCopy[];
  /**
   * Hops with at least one pair whose ports are both on the bridge; other pairs are left out. Packets pass them in this
   * order. Those of a chain have `chainOrder` in their scopes: a hop that is in the sender's and in the receiver's chain is
   * passed once, for the sender.
   */
  readonly hops: readonly RealizedHop[];
  /**
   * Present if hops have left the chain a moment ago: packets that come back from one of them go on with those of `hops`
   * that were behind it, by `chainOrder`.
   */
  readonly left?: readonly LeftHop[];
  /**
   * Present if the packets go nowhere. `counter` is the id of the counter for them. If there is a `filter`, only its packets
   * go nowhere.
   */
  readonly drop?: { readonly counter: number; readonly filter?: number };
}

/** A flow of the bridge's owner that sends packets to one port, and does nothing else. */
export interface Delivery {
  readonly table: number;
  readonly match: Match;
}

/** A port of a local Pod on the bridge. It is also given if no TrafficControl selects the Pod. */
export interface PodPort extends SwitchPort, Omit<Attachment, "port"> {
  readonly vlans: PortVLANs;
  /** Those of its `ips` that another local Pod has, too. The port's own VLAN tells them apart; absent if there are none. */
  readonly sharedIPs?: readonly string[];
  /**
   * Somebody else may have one of its MACs: another local Pod has it, or only a tenant says that it is this Pod's. So a
   * packet from another port with that MAC is not for sure a forged one.
   */
  readonly ambiguous: boolean;
  /** What is done to the packets that the Pod sends; absent if nothing is. */
  readonly egress?: RealizedTreatment;
  /** What is done to the packets that the Pod receives; absent if nothing is. */
  readonly ingress?: RealizedTreatment;
  /**
   * What is to be counted for this Pod alone; absent if nothing is. The rows that count are rows of `podPort`. Broadcast and
   * multicast that many Pods receive need not count for any of them.
   */
  readonly counters?: readonly PodCounter[];
  /** The owner's flows that send packets to this port; absent if none is known, or the pipeline has no `deliveryRows`. */
  readonly deliveries?: readonly Delivery[];
}

/**
 * A Pod's port to which the bridge sends broadcast and multicast, as it does if the Pod's attachment has `match: mac`, and
 * what is done to the packets that the Pod sends and receives.
 */
export interface FloodReceiver extends VLANPort {
  readonly egress?: RealizedTreatment;
  readonly ingress: RealizedTreatment;
}

/** Ports of the bridge by which broadcast and multicast come in and go out. */
export interface FloodPorts {
  /** The ports that have a setting for VLANs. */
  readonly withVLANs: readonly VLANPort[];
  /**
   * The ports to which the bridge's own flows send broadcast and multicast, each if it carries the packet's VLAN. Absent if
   * the owner's flows or the bridge's settings do not let Sluice know that.
   */
  readonly flooded?: readonly VLANPort[] | undefined;
}

/** What Open vSwitch's database says about a bridge. */
export interface BridgeFacts {
  readonly name: string;
  /** Column `external_ids` of its row in table Bridge. */
  readonly external_ids: Readonly<Record<string, string>>;
  /** Column `external_ids` of the row in table Open_vSwitch. */
  readonly ovsExternalIDs: Readonly<Record<string, string>>;
  /** `system`, `netdev`, or empty, which means `system`. */
  readonly datapathType: string;
  /** Column `mcast_snooping_enable`. */
  readonly multicastSnooping?: boolean;
  /** Number of the bridge's mirrors in OVSDB. */
  readonly mirrors?: number;
  /** Column `ovs_version` of the row in table Open_vSwitch, e.g. `3.1.0`; absent if it is not known. */
  readonly ovsVersion?: string;
}

/**
 * A type of pipeline: the default export of `plugins/pipelines/<name>.ts`, and what the plugin file of a pipeline
 * defines.
 */
export interface PipelineType {
  /** The value of `--pipeline`, in kebab-case. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /**
   * All tables that the pipeline writes to. The first one is the bridge's own table 0, where the rows have priorities
   * from 65000 on. The others are the pipeline's own. They are numbered in this order, from `tableBase` on.
   */
  readonly tables: readonly TableDeclaration[];
  /**
   * Present if rows of `podPort` stand in the place of the owner's flows that send packets to a Pod's port: these rows. They
   * are in the owner's tables, match what its flow matches and more, and come before it. The owner is then ovn-controller.
   */
  readonly deliveryRows?: readonly RowDeclaration[];
  /** Bits that packets keep on their way through the owner's flows. The bridge is not used if its owner matches one. */
  readonly marks?: { readonly field: string; readonly bits: readonly bigint[] };
  /**
   * Whether the pipeline is made for such a bridge, so that Sluice may choose it. Without this method it is used only if
   * `--pipeline` names it.
   */
  fits?(bridge: BridgeFacts): boolean;
  /**
   * Whether two receivers are as good to the method `flood` as many, if these are not redirected or dropped and differ in
   * nothing but their ports. It gets no more of them then, so that a change of one Pod costs the same with any number of
   * Pods.
   */
  readonly floodNeedsFew?: boolean;
  /** @param options `tableBase`: the number of the second table. */
  create(options: { readonly tableBase: number }): Pipeline;
}

/**
 * Writes the flows of a bridge. Each method that returns rows writes one part of them; if several parts have equal rows,
 * these are one flow. All methods are pure.
 *
 * The rows must send each packet back to table 0 exactly once, unless they drop it. If the packet goes through a pair,
 * that happens after it has come back from the pair. The packet must then be unchanged, with its own `in_port`, and no row
 * of the pipeline in table 0 may match it any more.
 */
export interface Pipeline {
  /** Number of the first own table, and how many own tables there are. The owner must have no flows in them. */
  readonly tables: { readonly first: number; readonly count: number };
  /**
   * The parts of a treatment that the pipeline cannot do. Each is a text that completes the sentence "cannot do ...",
   * e.g. `copies with "sampling"`. Sluice does not realize a TrafficControl of which the pipeline cannot do everything.
   * If the list is empty, the pipeline does all of the treatment, also combined with any other treatment that it can do.
   */
  cannot(treatment: Treatment): readonly string[];
  /** Rows that the bridge needs as soon as a Pod is selected. */
  bridge(): readonly Row[];
  /** Rows for a port that gets copies. They must drop packets that come in from this port. */
  copyPort(port: SwitchPort): readonly Row[];
  /**
   * Rows for the ports of a pair. They stay for 2 s after its last use, so that packets inside the sensor come back.
   */
  pair(pair: Pair): readonly Row[];
  /**
   * Rows that choose. Without this method, the pipeline must refuse what needs a choice: see `cannot`. A change of the
   * rows takes effect in caches of the datapath that keep old actions only if the rows look at another field of packets
   * for each turn. Empty places are `EMPTY_PLACE` in the list of an action `bundle`, from which an agent that starts again
   * reads which sensors were down.
   *
   * @param turn Another one with each change.
   */
  choice?(choice: Choice, turn: 0 | 1): readonly Row[];
  /**
   * Rows for a counter that a treatment in use names. They stay as they are while treatments change, so what they count
   * does not begin anew. Without this method nothing is counted, unless rows of treatments have counters.
   */
  counter?(counter: PacketCounter): readonly Row[];
  /** Rows for a leg that a treatment in use has. Without this method, the pipeline must refuse copies with a scope. */
  leg?(leg: Leg): readonly Row[];
  /** Rows for the rules of copies and hops. Without this method, the pipeline must refuse parts with rules. */
  filter?(filter: Filter): readonly Row[];
  /** Rows that copy, redirect and drop the packets of a treatment. */
  treatment(direction: PacketDirection, treatment: RealizedTreatment): readonly Row[];
  /** Rows that recognize the packets of a Pod, and give them their treatments. */
  podPort(pod: PodPort): readonly Row[];
  /**
   * Rows for packets that the bridge sends to many ports. Without this method, Pods' ingress treatments do not get the
   * broadcast and multicast that the Pods receive.
   */
  flood?(receivers: readonly FloodReceiver[], ports: FloodPorts): readonly Row[];
  /**
   * Rows that find the VLAN of a packet. They are asked for if Pods share an IP address. Without this method, a packet to
   * such an address may be taken for one to another Pod.
   *
   * @param ports All ports of the bridge that have a setting for VLANs.
   */
  vlans?(ports: readonly VLANPort[]): readonly Row[];
  /**
   * Rows of which one set is in the switch at a time, on bridges whose datapath may keep old actions: with each change of
   * flows, the core puts the other set in its place. They match no packet that comes in by a port, and each set makes the
   * switch look at a field of all packets that the other set leaves out. Without this method, such a datapath may go on
   * doing to some packets what earlier flows said.
   *
   * @param turn Which set.
   */
  refresh?(turn: 0 | 1): readonly Row[];
  /**
   * The number of the port that a learned flow writes into packets; nothing if it writes none. The core deletes such
   * flows when the port is gone. The method is needed if rows have `learn` actions. In a learned flow, `load` has become
   * `set_field`.
   */
  learnedPort?(learned: Row): number | undefined;
}

/**
 * Returns the type of pipeline as it is. It gives `create` its types.
 *
 * @example A pipeline that writes no flows and says that it can do nothing.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const idle = definePipeline({
 *   name: "idle",
 *   docs: "Writes no flows.",
 *   tables: [{ name: "Bridge", rows: [] }],
 *   create: ({ tableBase }) => ({
 *     tables: { first: tableBase, count: 0 },
 *     cannot: () => ["anything"],
 *     bridge: () => [],
 *     copyPort: () => [],
 *     pair: () => [],
 *     treatment: () => [],
 *     podPort: () => [],
 *   }),
 * });
 * assert.equal(idle.fits, undefined); // it is used only if --pipeline names it
 * ```
 */
export function definePipeline(pipeline: PipelineType): PipelineType {
  return pipeline;
}
