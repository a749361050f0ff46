/**
 * Broadcast and multicast from a Pod whose copies have a scope: what the receivers ask for is compared with the sender's
 * copies, as a mirror gets one copy of each packet.
 * @module
 */
import type { Row, RowAction } from "../../core/api.ts";
import { wholeLegRows } from "./_copies.ts";
import { type Copied, type Flood, fromPort, type Mirrored } from "./_flood_copies.ts";
import { COPY_ASKED, MULTICAST, REGISTER } from "./_layout.ts";
import { askForAll } from "./_leg_lists.ts";
import { comparedLegs } from "./_legs.ts";
import { type Rows, set } from "./_rows.ts";

/** The rows by which the copies of the receivers of all VLANs are compared with the sender's. */
export function askedRows(rows: Rows, floods: readonly Copied[]): Row[] {
  const contended = new Set(
    floods.flatMap(({ mirrors }) => mirrors).filter(({ isContended }) => isContended)
      .map(({ number }) => number),
  );
  const matters = floods.some(({ flood }) => flood.vlan !== undefined);
  return [...contended].flatMap((number) => [
    ...(matters ? [findVLAN(rows, number)] : []),
    ...floods.flatMap(({ flood, mirrors }) =>
      askedInFlood(rows, flood, { number, mirror: mirrors.find((each) => each.number === number) })
    ),
  ]);
}

/** To find the VLAN takes away a tag that only says a priority, but the copy is to have what the sender has sent. */
function findVLAN({ row, to }: Rows, number: bigint): Row {
  const asked = { eth_dst: MULTICAST, [REGISTER.copy]: number | COPY_ASKED, [REGISTER.tag]: 0 };
  const wholeTag = { field: "vlan_tci", start: 0, end: 15 } as const;
  return row(["CopyOnce", "floodAskedInVLAN"], asked, [
    { type: "push", subfield: wholeTag },
    set(REGISTER.copy, 0n),
    to("CopyOnce"),
    { type: "pop", subfield: wholeTag },
    set(REGISTER.copy, number | COPY_ASKED),
    to("CopyOnce"),
  ]);
}

interface OfMirror {
  readonly number: bigint;
  /** Absent if no receiver of the flood has the mirror. */
  readonly mirror: Mirrored | undefined;
}

function askedInFlood(rows: Rows, { vlan, tag }: Flood, { number, mirror }: OfMirror): Row[] {
  const { row } = rows;
  const inVLAN = vlan !== undefined;
  const place = {
    [REGISTER.copy]: number | COPY_ASKED,
    ...(inVLAN && { [REGISTER.tag]: tag }),
  };
  const all = askForAll(rows, mirror ? comparedLegs(mirror) : []);
  const others = mirror?.wholeOfOne && askForAll(rows, mirror.wholeOfOne.others);
  // table Leg knows the packets of other VLANs by this tag
  const mark: RowAction[] = !inVLAN && all.actions.length > 0 ? [set(REGISTER.tag, tag)] : [];
  return [
    row(
      ["CopyOnce", inVLAN ? "floodAskedInVLAN" : "floodAsked"],
      { eth_dst: MULTICAST, ...place },
      [...mark, ...all.actions],
    ),
    ...all.rows,
    ...(others
      ? [
        row(
          ["CopyOnce", inVLAN ? "floodOthers" : "floodOthersAsked"],
          { ...fromPort(mirror.wholeOfOne!.sender), ...place },
          others.actions,
        ),
        ...others.rows,
      ]
      : []),
    ...(mirror ? wholeLegRows(rows, mirror) : []),
  ];
}
