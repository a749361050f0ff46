/** How packets are counted: see table Count. @module */
import type { PacketCounter, PodPort, Row, RowAction } from "../../core/api.ts";
import { RECEIVER, REGISTER } from "./_layout.ts";
import { type Rows, set } from "./_rows.ts";

/** Counts the packet. @param counter The id of the counter; absent if its register has it already. */
export function count({ to }: Rows, counter?: number): RowAction[] {
  return [...(counter === undefined ? [] : [set(REGISTER.counter, BigInt(counter))]), to("Count")];
}

/** The row of a counter. */
export function counterRows({ row, to }: Rows, { id, counts, byPod }: PacketCounter): Row[] {
  const actions = byPod ? [to("PodCount")] : [];
  return [{ ...row(["Count", counts], { [REGISTER.counter]: id }, actions), counts, counter: id }];
}

const receiverAt = (ofport: number) => RECEIVER | BigInt(ofport);

/** Notes that the Pod receives the packet, if that is counted for it. */
export function noteReceiver({ ofport, counters = [] }: PodPort): RowAction[] {
  const isCounted = counters.some(({ direction }) => direction === "ingress");
  return isCounted ? [set(REGISTER.receiver, receiverAt(ofport))] : [];
}

/**
 * The rows that count for one Pod. What it sends is known by its port, also when it is back from a pair. What it receives is
 * known by what table Destination has noted: only there it is clear which Pod has an address.
 */
export function podCounterRows(rows: Rows, { ofport, counters = [] }: PodPort): Row[] {
  const { row, to } = rows;
  const counting = counters.map(({ id, counts, direction, of }) => {
    const whose = direction === "egress"
      ? { in_port: ofport }
      : { [REGISTER.receiver]: receiverAt(ofport) };
    const fields = { [REGISTER.counter]: of, ...whose };
    return { ...row(["PodCount", counts], fields, []), counts, counter: id };
  });
  if (!counters.some(({ direction }) => direction === "ingress")) return counting;
  const noted = { [REGISTER.receiver]: [RECEIVER, RECEIVER] as const };
  return [
    ...counting,
    row(["HandBack", "noted"], noted, [set(REGISTER.receiver, 0n), to("HandBack")]),
  ];
}
