/** The contract of a choice: which of several ports gets a packet. @module */
import type { SwitchPort } from "./switch_port.ts";

/**
 * What an empty place is in a list of ports of the switch: no port has this number, and reserved numbers count as ports
 * with a link.
 */
export const EMPTY_PLACE = 0xfeff;

/**
 * For each packet, a choice of one of several ports, or of none. Sluice asks for one if a copy or a hop has several ports,
 * and if packets go on without a hop when that fails.
 */
export interface Choice {
  /** What the ports are: targets of a hop's pairs, or ports that get a copy. */
  readonly of: "hop" | "copy";
  /** 1 to 65278. No other choice has it: it is the number of a hop's first return port, or of a copy's first port. */
  readonly number: number;
  /**
   * The ports. Which one a connection gets depends on its place in this list: so another connection keeps its port if one
   * place becomes empty. An empty place gets no packet.
   */
  readonly places: readonly (SwitchPort | undefined)[];
  /** 0 to 65535, for the hash: choices with different numbers here do not send the same connections to the same place. */
  readonly basis: number;
  /** What the choice depends on: addresses and ports, so that a connection has one port; or addresses alone. */
  readonly balanceBy: "Connection" | "Addresses";
  /** A port without a link is no choice. It is false if the link is not known. */
  readonly watchesLinks: boolean;
  /** Packets that no port can get go on as if they had passed the hop. Otherwise they are dropped. */
  readonly passesIfNone: boolean;
  /** All packets go on as if they had passed the hop. */
  readonly isOpen: boolean;
}
