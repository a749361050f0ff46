/** The contract of legs: copies of which it is decided for each packet whether it gets them, and how. @module */
import type { Copy } from "./action.ts";
import type { PacketDirection, Realized } from "./pipeline.ts";
import type { Rule } from "./rule.ts";
import type { SwitchPort } from "./switch_port.ts";

/** The rules of copies and hops in one direction. */
export interface Filter {
  /** 1 to 2^32 - 1. Equal rules have one id in each direction. */
  readonly id: number;
  readonly direction: PacketDirection;
  readonly rules: readonly Rule[];
}

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
  readonly copy: RealizedCopy;
}
