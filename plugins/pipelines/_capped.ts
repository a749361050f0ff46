/**
 * Copies with a cap, by a meter. The meter must drop nothing but the copy. Open vSwitch would run it on the packet itself: it
 * leaves out a clone that seems to change nothing. It makes a real one if an output in it cuts the packet, so there
 * is one, to a port that no switch has.
 * @module
 */
import {
  EMPTY_PLACE,
  type Leg,
  type RealizedCopy,
  type Row,
  type RowAction,
} from "../../core/api.ts";
import { REGISTER, STATE, TAG, TAG_LENGTH } from "./_layout.ts";
import { type Rows, set } from "./_rows.ts";

/** In `REGISTER.chosen`: the copy is to go through its meter. */
const TO_METER = 0x20000n;
/** The shortest cut that Open vSwitch knows: an Ethernet header. */
const SHORTEST_CUT = 14;

/** Whether a copy is capped. It is then worse than any that is not. */
export const isCapped = ({ scope }: Pick<RealizedCopy, "scope">) => scope?.rateLimit !== undefined;

/** Sends the copy of a leg. @param tag Bytes of a tag that is removed. */
type Send = (tag?: number) => readonly RowAction[];

/** The rows that send the copy of the best leg, if it is capped. */
export function cappedRows({ row, to }: Rows, { id, meter, direction }: Leg, send: Send): Row[] {
  if (meter === undefined) return [];
  const best = { [REGISTER.asked]: 0, [REGISTER.leg]: id };
  const throughMeter = { ...best, [REGISTER.chosen]: TO_METER };
  const capped = (tag?: number): RowAction[] => [
    { type: "meter", meter },
    set(REGISTER.chosen, 0n),
    ...send(tag),
  ];
  const clone: RowAction[] = [
    set(REGISTER.chosen, TO_METER),
    to("Leg"),
    { type: "output", port: EMPTY_PLACE, maxLength: SHORTEST_CUT },
  ];
  return [
    // Whoever deletes the meter deletes the rows below with it. Packets must not come here again then.
    row(["Leg", "cap"], { ...best, [REGISTER.chosen]: 0n }, [{ type: "clone", actions: clone }]),
    row(["Leg", "capped"], throughMeter, capped()),
    ...(direction === "egress" ? [] : [
      row(["Leg", "cappedTagged"], {
        ...throughMeter,
        [REGISTER.state]: [STATE.untag, STATE.untag],
        vlan_vid: [TAG.present, TAG.present],
      }, capped(TAG_LENGTH)),
    ]),
  ];
}
