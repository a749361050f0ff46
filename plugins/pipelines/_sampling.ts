/**
 * Copies of whole connections, of which one in so many is chosen by a hash. The hash is made behind the filter: the switch
 * must look at all ports of the packets for which it is made, and so has an entry in its cache for each connection.
 * @module
 */
import type { Leg, RealizedCopy, Row, RowAction } from "../../core/api.ts";
import { ETHERTYPE, FRAGMENT, REGISTER, STATE } from "./_layout.ts";
import { clear, type Rows, set } from "./_rows.ts";

/** Beside the hash in `REGISTER.chosen`: it is made. */
const HASHED = 0x10000n;
const HASH_BITS = { start: 0, end: 15 } as const;
/** The switch mixes a number of 16 bits into the hash. */
const BASES = 0x10000;

/** One of how many connections is copied; nothing if all are. */
export const samplingOf = ({ scope }: Pick<RealizedCopy, "scope">) =>
  (scope?.sampling as { readonly oneFlowIn: number } | undefined)?.oneFlowIn;

/** What a packet looks like that the leg takes. */
export function takenBy(copy: RealizedCopy): Record<string, readonly [bigint, bigint] | bigint> {
  return samplingOf(copy) === undefined
    ? { [REGISTER.state]: [STATE.hit, STATE.hit] }
    : { [REGISTER.chosen]: HASHED };
}

/** The rows that make the hash. The packet loses the mark `hit`, so that it does not come to them again. */
export function samplingRows({ row, to }: Rows, { id, control, copy }: Leg): Row[] {
  const links = samplingOf(copy);
  if (links === undefined) return [];
  const hit = {
    [REGISTER.asked]: id,
    [REGISTER.state]: [STATE.hit, STATE.hit] as const,
  };
  const hashed = (fields: "symmetric_l3" | "symmetric_l3l4+udp"): RowAction[] => [
    set(REGISTER.chosen, HASHED),
    {
      type: "multipath",
      fields,
      basis: control % BASES,
      algorithm: "modulo_n",
      links,
      argument: 0,
      to: { field: REGISTER.chosen, ...HASH_BITS },
    },
    clear(STATE.hit),
    to("Leg"),
    set(REGISTER.chosen, 0n),
  ];
  return [
    ...[ETHERTYPE.ipv4, ETHERTYPE.ipv6].map((eth_type) =>
      row(
        ["Leg", "sampleFragments"],
        { ...hit, eth_type, ip_frag: FRAGMENT },
        hashed("symmetric_l3"),
      )
    ),
    row(["Leg", "sample"], hit, hashed("symmetric_l3l4+udp")),
  ];
}
