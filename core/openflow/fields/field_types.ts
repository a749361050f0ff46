/** What is known of a match field. @module */
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

/** A field's name on the wire: OpenFlow 1.5.1 section 7.2.3.2. */
export interface FieldHeader {
  /** As OVS writes it in subfields, such as `NXM_OF_ETH_SRC`. */
  readonly name: string;
  readonly class: number;
  readonly number: number;
  /** Present in class 0xffff only. */
  readonly experimenter?: number;
}

/** One line of the table of fields. */
export interface FieldSpec {
  /** The canonical name: ovs-fields(7). */
  readonly name: string;
  /** Bits that mean something. */
  readonly width: number;
  /** Bits that actions can take parts of; fewer where a bit has a meaning in matches only. */
  readonly subfieldWidth: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly maskable: boolean;
  readonly format: FieldFormat;
  /** Where OpenFlow 1.5 has the field. */
  readonly header: FieldHeader;
  /** What Nicira actions with 4-byte headers take: NXM where there is one. */
  readonly shortHeader: FieldHeader;
  /** Names in text beside the canonical one. */
  readonly aliases: readonly string[];
  /** Of these prerequisites the match must meet one. */
  readonly needs: readonly PrerequisiteName[];
}

/** A value and the bits that count: all of them when `mask` is absent. */
export interface FieldValue {
  readonly value: bigint;
  readonly mask?: bigint;
}

/** Field values by canonical field name. Registers are 32 bits; a mask is never all ones or zero. */
export type Match = Readonly<Record<string, FieldValue>>;
