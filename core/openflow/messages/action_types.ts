/** What flows and group buckets do: ovs-actions(7) has the meaning of each. @module */

import type { Subfield } from "../fields/subfields.ts";

/** One part of the flow that a `learn` action makes. */
export type LearnSpec =
  | { readonly type: "match_field"; readonly from: Subfield; readonly to: Subfield }
  | { readonly type: "match_value"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "load_field"; readonly from: Subfield; readonly to: Subfield }
  | { readonly type: "load_value"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "output"; readonly from: Subfield };

/** Makes a flow from the packet. Timeouts are in seconds. */
export interface LearnAction {
  readonly type: "learn";
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  readonly finIdleTimeout?: number;
  readonly finHardTimeout?: number;
  /** The most flows that this action keeps; no limit when absent. */
  readonly limit?: number;
  readonly sendFlowRemoved?: boolean;
  /** What was learned goes with the action. */
  readonly deleteLearned?: boolean;
  /** One bit that says whether there was room. */
  readonly result?: Subfield;
  readonly specs: readonly LearnSpec[];
}

/** Sends the packet to controllers. */
export interface ControllerAction {
  readonly type: "controller";
  /** Bytes of the packet; 65535 is all of it. */
  readonly maxLength: number;
  /** A reason of OpenFlow 1.5.1 section 7.4.1; `action` when absent. */
  readonly reason?: number;
  /** Of the controllers, only those with this id; 0 when absent. */
  readonly id?: number;
  readonly userdata?: Uint8Array;
  readonly pause?: boolean;
  readonly meter?: number;
}

/** Network address translation, inside `ct`. */
export interface NatAction {
  readonly type: "nat";
  readonly direction?: "src" | "dst";
  readonly family?: "ipv4" | "ipv6";
  readonly firstAddress?: bigint;
  readonly lastAddress?: bigint;
  readonly firstPort?: number;
  readonly lastPort?: number;
  readonly options?: readonly NatOption[];
}
export type NatOption = "persistent" | "hash" | "random";

/** Passes the packet through connection tracking. */
export interface ConntrackAction {
  readonly type: "ct";
  readonly commit?: boolean;
  readonly force?: boolean;
  readonly table?: number;
  readonly zone?: number | Subfield;
  /** Port of the protocol whose helper looks at it: 21 (ftp) or 69 (tftp). */
  readonly algorithmPort?: number;
  readonly actions?: readonly Action[];
}

/** How a hash is made: ovs-actions(7), `multipath`. */
export type HashFields =
  | "eth_src"
  | "symmetric_l4"
  | "symmetric_l3l4"
  | "symmetric_l3l4+udp"
  | "nw_src"
  | "nw_dst"
  | "symmetric_l3";

/** One of `links` numbers, by hash, into `to`. */
export interface MultipathAction {
  readonly type: "multipath";
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: "modulo_n" | "hash_threshold" | "hrw" | "iter_hash";
  readonly links: number;
  readonly argument: number;
  readonly to: Subfield;
}

/** One of `members`, by hash: output, or into `to`. */
export interface BundleAction {
  readonly type: "bundle";
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: "active_backup" | "hrw";
  readonly members: readonly number[];
  readonly to?: Subfield;
}

/** Samples packets for IPFIX. */
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
 * One action. Instructions of OpenFlow stand among them, as in ovs-ofctl's text: `goto_table`, `write_actions`,
 * `clear_actions`, `write_metadata`. Dropping is an empty list.
 */
export type Action =
  /** `maxLength` cuts the packet to so many bytes. Reserved ports are numbers of `PORT`. */
  | { readonly type: "output"; readonly port: number; readonly maxLength?: number }
  /** To the port whose number the subfield holds. */
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
  /** Over OpenFlow 1.5 the switch gives it back as a `set_field`. */
  | { readonly type: "load"; readonly value: bigint; readonly to: Subfield }
  | { readonly type: "push" | "pop"; readonly subfield: Subfield }
  | LearnAction
  /** Without `table` the table is the current one; without `port` in_port stays. */
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
  /** `ids`: the controllers that hear of packets whose TTL ends. */
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
  /** Whole, with its header: what is not in the tables. */
  | { readonly type: "raw"; readonly bytes: Uint8Array }
  | { readonly type: "meter"; readonly meter: number }
  | { readonly type: "clear_actions" }
  | { readonly type: "write_actions"; readonly actions: readonly Action[] }
  | { readonly type: "write_metadata"; readonly value: bigint; readonly mask?: bigint }
  | { readonly type: "goto_table"; readonly table: number };

export type ActionType = Action["type"];
/** The action of that type. */
export type ActionOf<Type extends ActionType> = Action extends infer Each
  ? Each extends { readonly type: infer Types }
    ? Type extends Types ? Each & { readonly type: Type } : never
  : never
  : never;

/** Types that are instructions on the wire, in the order in which they take effect. */
export const INSTRUCTIONS = [
  "clear_actions",
  "write_actions",
  "write_metadata",
  "goto_table",
] as const;
export type InstructionType = typeof INSTRUCTIONS[number];
/** What can stand in an action list. */
export type ListAction = Exclude<Action, { readonly type: InstructionType }>;
