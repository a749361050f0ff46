/** What treatments are made of when their ports are on the bridge, and what counts and filters their packets. @module */
import type { Copy, Hop } from "./action.ts";
import type { Rule } from "./rule.ts";
import type { SwitchPort } from "./switch_port.ts";

/** The direction of a packet, seen from the Pod: `egress` is what the Pod sends. */
export type PacketDirection = "egress" | "ingress";

/**
 * A part of a treatment whose ports are on the bridge. `choice` is the number of its choice, if it has one. `counter` is the
 * id of the counter for its packets: see the method `counter` of pipelines.
 */
export type Realized<Part> = Part & { readonly choice?: number; readonly counter: number };

/** What is done to the packets that a row counts. */
export type Counted = "copied" | "redirected" | "dropped";

/**
 * Counts what is done to packets for one TrafficControl in one direction. It is the same as long as the TrafficControl is
 * there, whatever else is done to these packets, and after a restart.
 */
export interface PacketCounter {
  /** 1 to 2^32 - 1. */
  readonly id: number;
  readonly counts: Counted;
}

/** The rules of copies and hops in one direction. */
export interface Filter {
  /** 1 to 2^32 - 1. Equal rules have one id in each direction. */
  readonly id: number;
  readonly direction: PacketDirection;
  readonly rules: readonly Rule[];
}

/** A hop whose ports are on the bridge. */
export interface RealizedHop extends Realized<Hop<SwitchPort>> {
  /** Present if the scope has rules: the id of their filter. Other packets go on as if the hop were not there. */
  readonly filter?: number;
}

/** A hop that has left a chain. Nothing is counted for it any more. */
export type LeftHop = Omit<Realized<Hop<SwitchPort>>, "counter">;

/** A copy whose ports are on the bridge. */
export interface RealizedCopy extends Realized<Copy<SwitchPort>> {
  /** Present if the scope has rules: the id of their filter. */
  readonly filter?: number;
  /** Present if other copies to the same port may be better: the id of the copy's leg, 1 to 2^32 - 1. */
  readonly leg?: number;
  /**
   * For received packets: the sender may have a leg to the same port. The receiver's copy must then be compared with it, as
   * the port gets one copy of each packet: the longest.
   */
  readonly isContended?: true;
}

/** A copy that one TrafficControl asks for in one direction. All treatments with this copy share it. */
export interface Leg {
  readonly id: number;
  readonly direction: PacketDirection;
  /** 1 to 2^32 - 1. It follows from the TrafficControl's name, so its legs in both directions have the same one. */
  readonly control: number;
  /** Present if the copies are capped: the number of the meter, which is in the switch before the rows. */
  readonly meter?: number;
  readonly copy: RealizedCopy;
}
