/** The actions of flows and of group buckets, as data: ovs-actions(7) has the meaning of each. @module */
import type { Subfield } from "../fields/subfields.ts";

/**
 * One part of the flow that a `learn` action adds: a field that it matches, a field that it sets, or its output. `from`
 * is read from the packet.
 */
export type LearnSpec =
  | { readonly type: "match_field"; readonly from: Subfield; readonly to: Subfield }
  | { readonly type: "match_value"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "load_field"; readonly from: Subfield; readonly to: Subfield }
  | { readonly type: "load_value"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "output"; readonly from: Subfield };

/** Adds a flow whose parts come from the packet. Timeouts are in seconds. */
export interface LearnAction {
  readonly type: "learn";
  /** The table of the flow that is added; `priority` and `cookie` are that flow's, too. */
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  /** Timeouts that the flow gets when a packet of TCP with FIN or RST hits it. */
  readonly finIdleTimeout?: number;
  readonly finHardTimeout?: number;
  /** The most flows of that cookie in that table; no limit if absent. */
  readonly limit?: number;
  /** The switch reports when the flow is removed. */
  readonly sendFlowRemoved?: boolean;
  /** The switch deletes the flows of that cookie in that table when the flow with this action is removed. */
  readonly deleteLearned?: boolean;
  /** One bit, which the switch sets if the flow is within the limit, and clears if not. */
  readonly result?: Subfield;
  readonly specs: readonly LearnSpec[];
}

/** Sends the packet to controllers. */
export interface ControllerAction {
  readonly type: "controller";
  /** The most bytes of the packet that are sent; 65535 means all. */
  readonly maxLength: number;
  /** The reason that the packet-in gives: OpenFlow 1.5.1 section 7.4.1; 1, an action, if absent. */
  readonly reason?: number;
  /** Only controllers that have set this id get the packet; 0, which all have at first, if absent. */
  readonly id?: number;
  /** Bytes that the packet-in has, too. */
  readonly userdata?: Uint8Array;
  /** The switch keeps the state of the packet, so that the controller can let it go on. */
  readonly pause?: boolean;
  /** The number of the meter that limits the rate of packets to controllers. */
  readonly meter?: number;
}

/** Network address translation, inside `ct`. Addresses are unsigned numbers of 32 or 128 bits. */
export interface NatAction {
  readonly type: "nat";
  /** Which address is translated. If absent, the packet is translated as its connection was before. */
  readonly direction?: "src" | "dst";
  readonly family?: "ipv4" | "ipv6";
  readonly firstAddress?: bigint;
  readonly lastAddress?: bigint;
  readonly firstPort?: number;
  readonly lastPort?: number;
  readonly options?: readonly NatOption[];
}
/** How ports are chosen: ovs-actions(7), `nat`. */
export type NatOption = "persistent" | "hash" | "random";

/** Passes the packet to connection tracking. */
export interface ConntrackAction {
  readonly type: "ct";
  /** The connection is remembered. */
  readonly commit?: boolean;
  /** A connection that was opened from the other side is remembered anew, as opened from this one. */
  readonly force?: boolean;
  /** The table that a copy of the packet goes to, with the state of its connection. */
  readonly table?: number;
  /** The zone, or the 16 bits that hold its number; 0 if absent. */
  readonly zone?: number | Subfield;
  /** The well-known port of the protocol whose helper follows the connection: 21 (FTP) or 69 (TFTP). */
  readonly algorithmPort?: number;
  /** What is done within connection tracking: `nat`, and setting `ct_mark` and `ct_label`. */
  readonly actions?: readonly Action[];
}

/** The fields of a packet that a hash is made of: ovs-actions(7), `multipath`. */
export type HashFields =
  | "eth_src"
  | "symmetric_l4"
  | "symmetric_l3l4"
  | "symmetric_l3l4+udp"
  | "nw_src"
  | "nw_dst"
  | "symmetric_l3";

/** Chooses a number from 0 to `links` - 1 by a hash of the packet, and writes it into `to`. */
export interface MultipathAction {
  readonly type: "multipath";
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: "modulo_n" | "hash_threshold" | "hrw" | "iter_hash";
  readonly links: number;
  readonly argument: number;
  readonly to: Subfield;
}

/** Chooses one of the ports `members` by a hash of the packet: sends it there, or writes the number into `to`. */
export interface BundleAction {
  readonly type: "bundle";
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: "active_backup" | "hrw";
  readonly members: readonly number[];
  readonly to?: Subfield;
}

/** Samples packets for IPFIX: of 65535 packets as many as `probability` says. */
export interface SampleAction {
  readonly type: "sample";
  readonly probability: number;
  readonly collectorSet: number;
  readonly domain: number;
  readonly point: number;
  readonly port?: number;
  readonly direction?: "ingress" | "egress";
}

/**
 * One action. OpenFlow's instructions are actions here, too, as in ovs-ofctl's text: `goto_table`, `write_actions`,
 * `clear_actions`, `write_metadata`. An empty list of actions drops the packet.
 */
export type Action =
  /** Sends the packet to a port, or to a reserved port of `PORT`. `maxLength` cuts it to so many bytes. */
  | { readonly type: "output"; readonly port: number; readonly maxLength?: number }
  /** Sends the packet to the port whose number the subfield has. */
  | { readonly type: "output_field"; readonly from: Subfield }
  | ControllerAction
  | { readonly type: "group"; readonly group: number }
  | {
    readonly type: "set_field";
    readonly field: string;
    readonly value: bigint;
    readonly mask?: bigint;
  }
  | { readonly type: "move"; readonly from: Subfield; readonly to: Subfield }
  /** OpenFlow 1.5 does not have it: the switch gives it back as a `set_field`. */
  | { readonly type: "load"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "push" | "pop"; readonly subfield: Subfield }
  | LearnAction
  /** Looks up a table and does what it says. Without `table` that is the current one; without `port` in_port stays. */
  | {
    readonly type: "resubmit";
    readonly table?: number;
    readonly port?: number;
    readonly ct?: boolean;
  }
  | { readonly type: "clone"; readonly actions: readonly Action[] }
  | { readonly type: "push_vlan" | "push_mpls" | "pop_mpls"; readonly ethertype: number }
  | {
    readonly type: "pop_vlan" | "dec_mpls_ttl" | "pop_queue" | "ct_clear" | "exit" | "dec_nsh_ttl";
  }
  /** `ids` are those of the controllers that get a packet whose TTL has run out. */
  | { readonly type: "dec_ttl"; readonly ids?: readonly number[] }
  | { readonly type: "set_mpls_ttl" | "set_nw_ttl"; readonly ttl: number }
  | { readonly type: "set_queue"; readonly queue: number }
  | {
    readonly type: "conjunction";
    readonly id: number;
    readonly clause: number;
    readonly clauses: number;
  }
  | { readonly type: "note"; readonly bytes: Uint8Array }
  | { readonly type: "fin_timeout"; readonly idleTimeout: number; readonly hardTimeout: number }
  | { readonly type: "check_pkt_larger"; readonly length: number; readonly to: Subfield }
  | { readonly type: "delete_field"; readonly field: string }
  | ConntrackAction
  | NatAction
  | MultipathAction
  | BundleAction
  | SampleAction
  /** An action that this client does not know: all its bytes, with its header. */
  | { readonly type: "raw"; readonly bytes: Uint8Array }
  | { readonly type: "meter"; readonly meter: number }
  | { readonly type: "clear_actions" }
  | { readonly type: "write_actions"; readonly actions: readonly Action[] }
  | { readonly type: "write_metadata"; readonly value: bigint; readonly mask?: bigint }
  | { readonly type: "goto_table"; readonly table: number };

export type ActionType = Action["type"];
/** The actions of one type. */
export type ActionOf<Type extends ActionType> = Action extends infer Each
  ? Each extends { readonly type: infer Types }
    ? Type extends Types ? Each & { readonly type: Type } : never
  : never
  : never;

/** The types that are instructions on the wire, in the order in which the switch carries them out. */
export const INSTRUCTIONS = [
  "clear_actions",
  "write_actions",
  "write_metadata",
  "goto_table",
] as const;
export type InstructionType = typeof INSTRUCTIONS[number];
/** An action that can stand in a list of actions on the wire. */
export type ListAction = Exclude<Action, { readonly type: InstructionType }>;
