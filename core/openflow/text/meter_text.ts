/** Meters as the text of ovs-ofctl: ovs-ofctl(8), "Meter Syntax". @module */
import type { Meter, MeterLimit } from "../messages/meters.ts";

const UNITS = { packets: "pktps", kilobits: "kbps" } as const satisfies Record<
  MeterLimit["unit"],
  string
>;

/** A meter as `ovs-ofctl add-meter` takes it; of one that does anything else than `limit` says, only its number. */
export function formatMeter({ id, limit }: Meter): string {
  if (!limit) return `meter=${id}`;
  const { unit, rate, burst } = limit;
  return `meter=${id},${UNITS[unit]},burst,stats,bands=type=drop,rate=${rate},burst_size=${burst}`;
}
