/** What a trace tells, as data: `sluice trace -o json`. @module */
import type { PacketDirection } from "../contracts/mod.ts";
import type { TracedPacket } from "./packet.ts";

/** A port of a bridge, by name. */
export interface ToldPort {
  readonly bridge: string;
  readonly port: string;
  readonly ofport: number;
  /** `namespace/name` of the Pod that it belongs to. */
  readonly pod?: string;
  /** Address of the far end, if it is a tunnel. */
  readonly tunnelTo?: string;
}

/** A flow of the switch. */
export interface ToldFlow {
  readonly bridge: string;
  readonly table: number;
  readonly match: string;
  readonly priority?: number;
  readonly cookie: string;
  /** Absent if it is a flow of the bridge's owner. */
  readonly ofSluice?: true;
}

/** For which TrafficControl, and why. */
export interface ToldReason {
  readonly trafficControl?: string;
  readonly direction?: PacketDirection;
  /** The place in `spec.rules` of the rule that takes the packet: 1 is the first. */
  readonly rule?: number;
}

export type ToldEvent =
  | ToldReason & {
    readonly what: "copied";
    readonly to: ToldPort;
    /** Bytes to which the copy is cut. */
    readonly truncatedTo?: number;
    /** A meter may drop it. */
    readonly isCapped?: true;
  }
  | ToldReason & {
    readonly what: "redirected";
    readonly to: ToldPort;
    /** The port by which it comes back; absent if that is not known. */
    readonly back?: ToldPort;
  }
  /** A redirect that is passed by, as its sensor does not work. */
  | ToldReason & { readonly what: "passed" }
  | ToldReason & {
    readonly what: "dropped";
    readonly by?: ToldFlow;
    /** In words, what the flow is for, or what Open vSwitch says. */
    readonly why?: string;
  }
  | {
    readonly what: "delivered";
    readonly to: ToldPort;
    readonly by?: ToldFlow;
    /** The bridge floods it, or sends it as its own MAC table says. */
    readonly byNormal?: true;
    /** It is the packet around the packet: a tunnel's. */
    readonly isOuter?: true;
  }
  | { readonly what: "controller"; readonly by?: ToldFlow };

/** The packet from one port on, until it leaves the switch. */
export interface ToldStep {
  readonly from: ToldPort;
  readonly packet: TracedPacket;
  /** It comes back from the sensor behind this port; absent for the first step. */
  readonly backFrom?: string;
  readonly events: readonly ToldEvent[];
  readonly remarks: readonly string[];
}

export interface Told {
  readonly packet: TracedPacket;
  /** Why the destination MAC is what it is. */
  readonly destinationMACIs: string;
  readonly steps: readonly ToldStep[];
  /** What the trace takes for granted, a sentence each. */
  readonly assumed: readonly string[];
  /** What it could not find out, a sentence each. */
  readonly unknown: readonly string[];
}
