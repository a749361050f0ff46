/** The types of match fields, of their values, and of matches. @module */
import type { PrerequisiteName } from "./protocols.ts";

/** How values of a field are written in text: ovs-fields(7), "Formatting". */
export type FieldFormat =
  | "decimal"
  | "hexadecimal"
  | "ethernet"
  | "ipv4"
  | "ipv6"
  | "port"
  | "fragment"
  | "tcp_flags"
  | "ct_state"
  | "tunnel_flags"
  | "packet_type";

/** The header that stands for a field on the wire: OpenFlow 1.5.1 section 7.2.3.2. */
export interface FieldHeader {
  /** As OVS writes it in subfields, such as `NXM_OF_ETH_SRC`. */
  readonly name: string;
  /** OXM class, 16 bits. */
  readonly class: number;
  /** The field's number in its class, 7 bits. */
  readonly number: number;
  /** The id of the experimenter that defines the field, 32 bits. Only headers of class 0xffff have one. */
  readonly experimenter?: number;
}

/** One line of the table of fields. */
export interface FieldSpec {
  /** The canonical name: ovs-fields(7). */
  readonly name: string;
  /** The number of bits of a value. */
  readonly width: number;
  /**
   * The number of bits that actions can use. Less than `width` if a bit has a meaning in matches only, as in
   * `vlan_vid`.
   */
  readonly subfieldWidth: number;
  /** The number of bytes of a value on the wire. */
  readonly bytes: number;
  /** Whether a match can leave some of the bits open. */
  readonly maskable: boolean;
  readonly format: FieldFormat;
  /** The header of the field in OpenFlow 1.5. */
  readonly header: FieldHeader;
  /** The header of the field in Nicira actions, which have four bytes for it: that of NXM, if the field has one. */
  readonly shortHeader: FieldHeader;
  /** Other names of the field in text. */
  readonly aliases: readonly string[];
  /** A match of the field must meet one of these prerequisites; any match will do if there is none. */
  readonly needs: readonly PrerequisiteName[];
}

/**
 * A value of a field, as an unsigned number of the field's width. `mask` has ones where a bit of the value counts;
 * without a mask all bits count.
 */
export interface FieldValue {
  readonly value: bigint;
  readonly mask?: bigint;
}

/**
 * What a flow matches: values by the canonical names of fields. Registers are those of 32 bits, `reg0` to `reg15`. No
 * mask is zero or all ones.
 */
export type Match = Readonly<Record<string, FieldValue>>;
